package dev.weir.proxy.server;

import dev.weir.core.failure.Failure;
import dev.weir.core.failure.Reason;
import dev.weir.proxy.loop.SocketOptions;
import dev.weir.proxy.loop.Transport;
import dev.weir.proxy.plan.ChainPlan;
import dev.weir.proxy.plan.ListenerPlan;
import dev.weir.proxy.plan.TcpListenerPlan;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.unix.UnixChannelOption;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A listener for TCP on one worker, with the connections that it has accepted. */
final class TcpListenerState implements ListenerState {
  private static final int BACKLOG = 4096;

  private final Worker worker;
  private TcpListenerPlan plan;
  private final Map<InetSocketAddress, Channel> sockets = new HashMap<>();
  private final Set<DownstreamChannel> connections =
      Collections.newSetFromMap(new IdentityHashMap<>());

  TcpListenerState(TcpListenerPlan plan, Worker worker) {
    this.plan = plan;
    this.worker = worker;
  }

  @Override
  public TcpListenerPlan plan() {
    return plan;
  }

  @Override
  @SuppressWarnings("ReferenceEquality") // what did not change is the same object
  public boolean take(ListenerPlan next) {
    if (!(next instanceof TcpListenerPlan tcp)) {
      return false;
    }
    if (tcp != plan) {
      plan = tcp;
      copy().forEach(connection -> connection.planChanged(tcp.chains()));
    }
    return true;
  }

  @Override
  public ChannelFuture bind(InetSocketAddress address) {
    EventLoop loop = worker.loop();
    Transport transport = worker.transport();
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(loop)
            .channel(transport.server())
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    SocketOptions.apply(channel.config(), worker.allocator());
                    accept(channel);
                  }
                });
    if (transport.sharesPorts()) {
      bootstrap.option(UnixChannelOption.SO_REUSEPORT, true);
    }
    return bootstrap.bind(address);
  }

  @Override
  public Map<InetSocketAddress, Channel> sockets() {
    return sockets;
  }

  @Override
  public void leave(InetSocketAddress address) {
    Channel socket = sockets.remove(address);
    if (socket != null) {
      socket.close();
    }
  }

  @Override
  public int connections() {
    return connections.size();
  }

  /** Takes in an accepted connection. */
  private void accept(Channel channel) {
    DownstreamChannel connection = new DownstreamChannel(channel, worker, plan.name(), null);
    connections.add(connection);
    channel.closeFuture().addListener(closed -> connections.remove(connection));
    ChainPlan plain = plan.chains().otherwise();
    if (plan.chains().secure()) {
      channel.pipeline().addLast(new TlsStart(this, connection));
    } else if (plain != null) {
      connection.plain(plain);
    } else {
      connection.refuse(Failure.local(Reason.NO_ROUTE, "no filter chain serves the connection"));
    }
  }

  @Override
  public void drain() {
    closeSockets();
    // A copy: idle connections close at once and leave the set.
    for (DownstreamChannel connection : copy()) {
      connection.drain();
    }
  }

  @Override
  public void close() {
    closeSockets();
    for (DownstreamChannel connection : copy()) {
      connection.close();
    }
  }

  private void closeSockets() {
    sockets.values().forEach(Channel::close);
    sockets.clear();
  }

  private List<DownstreamChannel> copy() {
    return new ArrayList<>(connections);
  }
}
