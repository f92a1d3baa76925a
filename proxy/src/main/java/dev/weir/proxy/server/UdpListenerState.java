package dev.weir.proxy.server;

import dev.weir.proxy.plan.ListenerPlan;
import dev.weir.proxy.plan.UdpListenerPlan;
import dev.weir.proxy.udp.UdpListener;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A listener for UDP on one worker. Its sockets carry the replies as well: while it drains they
 * stay open as long as there are sessions, unless another listener wants the address.
 */
final class UdpListenerState implements ListenerState {
  private final UdpListener listener;
  private final Map<InetSocketAddress, Channel> sockets = new HashMap<>();
  private boolean draining;

  UdpListenerState(UdpListener listener) {
    this.listener = listener;
    listener.onQuiet(this::quiet);
  }

  @Override
  public UdpListenerPlan plan() {
    return listener.plan();
  }

  @Override
  @SuppressWarnings("ReferenceEquality") // what did not change is the same object
  public boolean take(ListenerPlan next) {
    if (!(next instanceof UdpListenerPlan udp)) {
      return false;
    }
    if (udp != listener.plan()) {
      listener.plan(udp);
    }
    return true;
  }

  @Override
  public ChannelFuture bind(InetSocketAddress address) {
    return listener.bind(address);
  }

  /** The sessions that still use the socket end. */
  @Override
  public void leave(InetSocketAddress address) {
    Channel socket = sockets.remove(address);
    if (socket != null) {
      socket.close();
    }
  }

  @Override
  public Map<InetSocketAddress, Channel> sockets() {
    return sockets;
  }

  @Override
  public int connections() {
    return listener.sessions();
  }

  @Override
  public void drain() {
    draining = true;
    listener.drain();
    if (listener.sessions() == 0) {
      quiet();
    }
  }

  private void quiet() {
    if (draining) {
      close();
    }
  }

  @Override
  public void close() {
    List.copyOf(sockets.values()).forEach(Channel::close);
    sockets.clear();
  }
}
