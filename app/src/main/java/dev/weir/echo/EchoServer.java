package dev.weir.echo;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.function.Consumer;

/**
 * Echo backends on one event loop, see {@link EchoPort} for what they speak. Meant for examples and
 * tests; has no limits of its own.
 */
public final class EchoServer implements AutoCloseable {
  private static final int BACKLOG = 1024;

  private final EventLoopGroup loop =
      new MultiThreadIoEventLoopGroup(1, daemonThreads(), NioIoHandler.newFactory());
  private final List<Channel> listening = new ArrayList<>();
  private final Consumer<EchoAnswer> seen;
  private final FirstFailures failures = new FirstFailures();

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
   * @return the address it listens on, its port chosen if 0 was asked for
   * @throws IOException if the address cannot be bound
   */
  public InetSocketAddress listen(InetSocketAddress address, EchoIdentity identity, EchoPort port)
      throws IOException {
    var channels = new EchoChannels(port, identity, seen, failures);
    ChannelFuture bound =
        switch (port) {
          case EchoPort.Datagrams _, EchoPort.Dns _ ->
              new Bootstrap()
                  .group(loop)
                  .channel(NioDatagramChannel.class)
                  .handler(channels)
                  .bind(address)
                  .awaitUninterruptibly();
          default ->
              new ServerBootstrap()
                  .group(loop)
                  .channel(NioServerSocketChannel.class)
                  .option(ChannelOption.SO_BACKLOG, BACKLOG)
                  .option(ChannelOption.SO_REUSEADDR, true)
                  .childOption(ChannelOption.TCP_NODELAY, true)
                  .childHandler(channels)
                  .bind(address)
                  .awaitUninterruptibly();
        };
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
}
