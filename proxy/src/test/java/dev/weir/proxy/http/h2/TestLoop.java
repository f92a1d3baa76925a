package dev.weir.proxy.http.h2;

import dev.weir.core.failure.Failure;
import dev.weir.core.time.Ticker;
import dev.weir.proxy.loop.Deadlines;
import dev.weir.proxy.plan.HttpOptions;
import dev.weir.proxy.stream.DownstreamContext;
import dev.weir.proxy.stream.RequestReceiver;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslContext;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** One event loop with HTTP/2 servers and upstream connections on it, as a worker would have. */
final class TestLoop implements AutoCloseable {
  private final MultiThreadIoEventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final EventLoop loop = (EventLoop) group.next();
  private final Deadlines deadlines = new Deadlines(loop, Ticker.system());

  private final DefaultChannelGroup channels = new DefaultChannelGroup(loop);

  /** Requests refused before they became an exchange. */
  final List<Failure> rejected = new CopyOnWriteArrayList<>();

  /** Connections accepted, in order. */
  final List<Http2DownstreamConnection> accepted = new CopyOnWriteArrayList<>();

  Deadlines deadlines() {
    return deadlines;
  }

  /** Starts a server on loopback and returns its port. */
  int listen(HttpOptions options, RequestReceiver.Acceptor acceptor, @Nullable SslContext tls) {
    Channel channel =
        new ServerBootstrap()
            .group(group)
            .channel(NioServerSocketChannel.class)
            .childHandler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel child) {
                    channels.add(child);
                    if (tls != null) {
                      child.pipeline().addLast(tls.newHandler(child.alloc()));
                    }
                    Http2DownstreamConnection connection =
                        Http2DownstreamConnection.create(new Context(options, acceptor, tls));
                    child.pipeline().addLast(connection);
                    accepted.add(connection);
                  }
                })
            .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .syncUninterruptibly()
            .channel();
    return ((InetSocketAddress) channel.localAddress()).getPort();
  }

  int listen(HttpOptions options, RequestReceiver.Acceptor acceptor) {
    return listen(options, acceptor, null);
  }

  /** Connects to a backend. */
  Http2UpstreamConnection connect(int port, Http2UpstreamConnection.Owner owner) {
    Http2UpstreamConnection connection = Http2UpstreamConnection.create(deadlines, owner);
    new Bootstrap()
        .group(group)
        .channel(NioSocketChannel.class)
        .handler(
            new ChannelInitializer<>() {
              @Override
              protected void initChannel(Channel channel) {
                channels.add(channel);
                channel.pipeline().addLast(connection);
              }
            })
        .connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
        .syncUninterruptibly();
    return connection;
  }

  /** Runs something on the loop and waits for its result. */
  <T> T call(Callable<T> task) throws Exception {
    return loop.submit(task).get(10, TimeUnit.SECONDS);
  }

  /** Waits for what other threads do, five seconds at most. */
  static void waitUntil(BooleanSupplier condition) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("it did not happen");
      }
      Thread.onSpinWait();
    }
  }

  @Override
  public void close() {
    // A loop that shuts down may not tell handlers any more that their channel is closed.
    channels.close().syncUninterruptibly();
    loop.submit(() -> {}).syncUninterruptibly();
    group.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
  }

  private final class Context implements DownstreamContext {
    private final HttpOptions options;
    private final RequestReceiver.Acceptor acceptor;
    private final boolean secure;

    Context(HttpOptions options, RequestReceiver.Acceptor acceptor, @Nullable SslContext tls) {
      this.options = options;
      this.acceptor = acceptor;
      this.secure = tls != null;
    }

    @Override
    public HttpOptions options() {
      return options;
    }

    @Override
    public RequestReceiver.Acceptor acceptor() {
      return acceptor;
    }

    @Override
    public Deadlines deadlines() {
      return deadlines;
    }

    @Override
    public boolean secure() {
      return secure;
    }

    @Override
    public @Nullable String serverName() {
      return null;
    }

    @Override
    public boolean draining() {
      return false;
    }

    @Override
    public void rejected(Failure failure) {
      rejected.add(failure);
    }
  }
}
