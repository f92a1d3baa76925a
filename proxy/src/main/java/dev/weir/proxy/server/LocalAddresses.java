package dev.weir.proxy.server;

import dev.weir.proxy.plan.ListenerPlan;
import dev.weir.proxy.plan.Plan;
import dev.weir.proxy.plan.QuicListenerPlan;
import dev.weir.proxy.plan.TcpListenerPlan;
import dev.weir.proxy.plan.UdpListenerPlan;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Gives listeners for datagrams on all addresses a socket for each address that the machine has,
 * beside the one for all. A reply leaves with the address of its socket: from a socket for all
 * addresses that would be one that the kernel chooses, and a client that asked another would not
 * take it.
 */
final class LocalAddresses {
  private LocalAddresses() {}

  /**
   * The plan with the addresses that the machine has now. Addresses that it gets later are served
   * by the socket for all.
   */
  static Plan spread(Plan plan) {
    Set<InetSocketAddress> claimed = new HashSet<>();
    boolean everywhere = false;
    for (ListenerPlan listener : plan.listeners().values()) {
      if (forDatagrams(listener)) {
        claimed.addAll(listener.addresses());
        everywhere |= listener.addresses().stream().anyMatch(LocalAddresses::isEverywhere);
      }
    }
    if (!everywhere) {
      return plan;
    }
    List<InetAddress> local = all();
    Map<String, ListenerPlan> listeners = new HashMap<>(plan.listeners());
    listeners.replaceAll((name, listener) ->
        forDatagrams(listener)
            ? listener.at(spread(listener.addresses(), local, claimed))
            : listener);
    return new Plan(listeners, plan.clusters());
  }

  private static boolean forDatagrams(ListenerPlan listener) {
    return switch (listener) {
      case TcpListenerPlan tcp -> false;
      case QuicListenerPlan quic -> true;
      case UdpListenerPlan udp -> true;
    };
  }

  private static List<InetSocketAddress> spread(
      List<InetSocketAddress> addresses, List<InetAddress> local, Set<InetSocketAddress> claimed) {
    List<InetSocketAddress> all = new ArrayList<>(addresses);
    for (InetSocketAddress address : addresses) {
      if (isEverywhere(address)) {
        for (InetAddress each : local) {
          InetSocketAddress one = new InetSocketAddress(each, address.getPort());
          if (!claimed.contains(one)) {
            all.add(one);
          }
        }
      }
    }
    return all;
  }

  private static boolean isEverywhere(InetSocketAddress address) {
    return address.getAddress().isAnyLocalAddress();
  }

  /**
   * The addresses of the machine that others can ask; those of one link only are not among them.
   */
  static List<InetAddress> all() {
    try {
      return NetworkInterface.networkInterfaces()
          .flatMap(NetworkInterface::inetAddresses)
          .filter(address -> !address.isLinkLocalAddress())
          .toList();
    } catch (SocketException e) {
      return List.of();
    }
  }
}
