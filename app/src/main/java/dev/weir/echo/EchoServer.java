package dev.weir.echo;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.ApplicationProtocolNegotiationHandler;
import io.netty.handler.ssl.SslContext;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Echo backends on one event loop: HTTP/1.1, HTTP/2 with prior knowledge or by ALPN, WebSocket.
 * Meant for examples and tests; has no limits of its own.
 */
public final class EchoServer implements AutoCloseable {
  private static final int BACKLOG = 1024;

  private final EventLoopGroup loop =
      new MultiThreadIoEventLoopGroup(1, daemonThreads(), NioIoHandler.newFactory());
  private final List<Channel> listening = new ArrayList<>();
  private final Consumer<EchoAnswer> seen;

  /** Backends that nobody watches. */
  public EchoServer() {
    this(answer -> {});
  }

  /**
   * Backends that are watched.
   *
   * @param seen is told of every request, on the backends' event loop
   */
  public EchoServer(Consumer<EchoAnswer> seen) {
    this.seen = seen;
  }

  /**
   * Starts one backend.
   *
   * @param tls certificates to serve TLS with, or null for plain text
   * @return the address it listens on, its port chosen if 0 was asked for
   * @throws IOException if the address cannot be bound
   */
  public InetSocketAddress listen(
      InetSocketAddress address, EchoIdentity identity, @Nullable SslContext tls)
      throws IOException {
    ChannelFuture bound =
        new ServerBootstrap()
            .group(loop)
            .channel(NioServerSocketChannel.class)
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childHandler(new Connection(identity, tls))
            .bind(address)
            .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      throw new IOException("the echo backend cannot listen on " + address, bound.cause());
    }
    synchronized (listening) {
      listening.add(bound.channel());
    }
    return (InetSocketAddress) bound.channel().localAddress();
  }

  /** Stops listening on {@code address}; connections stay. */
  public void stop(InetSocketAddress address) {
    synchronized (listening) {
      listening.removeIf(channel -> {
        boolean match = address.equals(channel.localAddress());
        if (match) {
          channel.close().awaitUninterruptibly();
        }
        return match;
      });
    }
  }

  /** Stops all backends and closes their connections. */
  @Override
  public void close() {
    loop.shutdownGracefully(0, 1, java.util.concurrent.TimeUnit.SECONDS).awaitUninterruptibly();
  }

  private static ThreadFactory daemonThreads() {
    return Thread.ofPlatform().daemon().name("echo").factory();
  }

  /** Chooses the protocol of a connection. */
  private final class Connection extends ChannelInitializer<Channel> {
    private final EchoIdentity identity;
    private final @Nullable SslContext tls;

    Connection(EchoIdentity identity, @Nullable SslContext tls) {
      this.identity = identity;
      this.tls = tls;
    }

    @Override
    protected void initChannel(Channel channel) {
      ChannelPipeline pipeline = channel.pipeline();
      if (tls == null) {
        pipeline.addLast(new PriorKnowledge(() -> new EchoResponder(identity, seen)));
        return;
      }
      pipeline.addLast(tls.newHandler(channel.alloc()));
      pipeline.addLast(
          new ApplicationProtocolNegotiationHandler(ApplicationProtocolNames.HTTP_1_1) {
            @Override
            protected void configurePipeline(
                io.netty.channel.ChannelHandlerContext ctx, String protocol) {
              if (protocol.equals(ApplicationProtocolNames.HTTP_2)) {
                EchoProtocols.http2(ctx.pipeline(), () -> new EchoResponder(identity, seen));
              } else {
                EchoProtocols.http1(ctx.pipeline(), new EchoResponder(identity, seen));
              }
            }
          });
    }
  }
}
