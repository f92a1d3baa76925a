package dev.weir.proxy.http.h1;

import dev.weir.core.failure.Failure;
import dev.weir.core.time.Ticker;
import dev.weir.proxy.loop.Deadlines;
import dev.weir.proxy.plan.HttpOptions;
import dev.weir.proxy.stream.DownstreamContext;
import dev.weir.proxy.stream.RequestReceiver;
import dev.weir.proxy.stream.ResponseReceiver;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One event loop with a listening downstream codec, a scripted upstream behind the upstream codec,
 * and a pool of one idle list between them. Real sockets on loopback.
 */
final class Ground implements AutoCloseable, Http1UpstreamConnection.Owner {
  private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

  final BlockingQueue<String> requests = new LinkedBlockingQueue<>();
  final BlockingQueue<Failure> aborted = new LinkedBlockingQueue<>();
  final BlockingQueue<Failure> failed = new LinkedBlockingQueue<>();
  final BlockingQueue<Failure> rejected = new LinkedBlockingQueue<>();
  final List<Http1DownstreamConnection> downstreams = new ArrayList<>();
  final List<Channel> accepted = new ArrayList<>();
  final Deque<Http1UpstreamConnection> idle = new ArrayDeque<>();
  final AtomicInteger upstreamsOpened = new AtomicInteger();
  final AtomicInteger upstreamsClosed = new AtomicInteger();
  volatile HttpOptions options = HttpOptions.DEFAULTS;
  volatile boolean draining;
  volatile boolean tunnels;

  private final MultiThreadIoEventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  private final EventLoop loop = group.next();
  private final Deadlines deadlines = new Deadlines(loop, Ticker.system());
  private final Channel listener;
  private final ServerSocket upstream;
  private RequestReceiver.Acceptor acceptor = stream -> new Relay(stream, this::connect, this);

  Ground() throws IOException {
    upstream = new ServerSocket(0, 50, LOOPBACK);
    upstream.setSoTimeout(10_000);
    listener =
        new ServerBootstrap()
            .group(group)
            .channel(EpollServerSocketChannel.class)
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    Http1DownstreamConnection codec = new Http1DownstreamConnection(new Context());
                    downstreams.add(codec);
                    accepted.add(channel);
                    channel.pipeline().addLast(codec);
                  }
                })
            .bind(LOOPBACK, 0)
            .syncUninterruptibly()
            .channel();
  }

  /** Serves requests with receivers of this kind, instead of relaying them. */
  Ground serve(RequestReceiver.Acceptor acceptor) {
    on(() -> {
      this.acceptor = acceptor;
      return true;
    });
    return this;
  }

  InetSocketAddress address() {
    return (InetSocketAddress) listener.localAddress();
  }

  Peer client() throws IOException {
    return Peer.connect(address());
  }

  /** The next connection that the upstream codec makes. */
  Peer upstream() throws IOException {
    return new Peer(upstream.accept());
  }

  /** Runs {@code work} on the event loop. */
  <T> T on(Callable<T> work) {
    try {
      return loop.submit(work).get();
    } catch (InterruptedException | ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Waits until {@code condition} holds. */
  static void await(BooleanSupplier condition) {
    long end = System.nanoTime() + Duration.ofSeconds(10).toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > end) {
        throw new AssertionError("not in time");
      }
      Thread.onSpinWait();
    }
  }

  /** What waits in the codecs and in Netty to be sent to clients; on the loop. */
  long pendingBytes() {
    long pending = 0;
    for (Channel channel : accepted) {
      ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
      pending += buffer == null ? 0 : buffer.totalPendingWriteBytes();
    }
    return pending;
  }

  /** Processor time of the loop so far; on the loop. */
  static long loopNanos() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  void connect(ResponseReceiver receiver) {
    @Nullable Http1UpstreamConnection free = idle.poll();
    while (free != null && !free.usable()) {
      free = idle.poll();
    }
    if (free != null) {
      free.start(receiver);
      return;
    }
    Http1UpstreamConnection made = new Http1UpstreamConnection(this, Ticker.system());
    new Bootstrap()
        .group(loop)
        .channel(EpollSocketChannel.class)
        .handler(
            new ChannelInitializer<Channel>() {
              @Override
              protected void initChannel(Channel channel) {
                channel.pipeline().addLast(made);
              }
            })
        .connect(LOOPBACK, upstream.getLocalPort())
        .addListener(done -> {
          upstreamsOpened.incrementAndGet();
          made.start(receiver);
        });
  }

  @Override
  public void released(Http1UpstreamConnection connection) {
    idle.push(connection);
  }

  @Override
  public void closed(Http1UpstreamConnection connection) {
    upstreamsClosed.incrementAndGet();
    idle.remove(connection);
  }

  @Override
  public void close() {
    listener.close().syncUninterruptibly();
    group.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
    try {
      upstream.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private final class Context implements DownstreamContext {
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
      return false;
    }

    @Override
    public @Nullable String serverName() {
      return null;
    }

    @Override
    public boolean draining() {
      return draining;
    }

    @Override
    public void rejected(Failure failure) {
      rejected.add(failure);
    }
  }
}
