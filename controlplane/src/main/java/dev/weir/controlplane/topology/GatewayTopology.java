package dev.weir.controlplane.topology;

import dev.weir.core.api.weir.GatewayParameters;
import dev.weir.core.problem.ObjectRef;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One Gateway with the listeners of its own and of its ListenerSets.
 *
 * @param uid the object's own; with objects from files it follows from their names
 * @param addresses IP addresses to bind, each port on all of them; empty means every address of the
 *     machine
 * @param clientCertificate shown to backends that are spoken to in TLS, or null for none
 * @param http what the parameters say of HTTP; null in it is the default
 * @param http3 ports where HTTPS is served over HTTP/3 as well, at the same port of UDP
 * @param beyond backends whose policies do not count at this Gateway
 * @param ports in ascending order
 */
public record GatewayTopology(
    ObjectRef gateway,
    String uid,
    List<String> addresses,
    @Nullable KeyPair clientCertificate,
    GatewayParameters.Http http,
    Set<Integer> http3,
    Beyond beyond,
    List<ListenPort> ports) {
  public GatewayTopology {
    addresses = List.copyOf(addresses);
    http3 = Set.copyOf(http3);
    ports = List.copyOf(ports);
  }

  /**
   * Backends whose policies have no room for the Gateway in their status, so that it must do
   * without them.
   *
   * @param tls Services that it cannot speak to, as it must not do so without TLS
   * @param traffic Services and Backends that it speaks to as if they had no policy
   */
  public record Beyond(Set<ObjectRef> tls, Set<ObjectRef> traffic) {
    /** All policies count. */
    public static final Beyond NONE = new Beyond(Set.of(), Set.of());

    public Beyond {
      tls = Set.copyOf(tls);
      traffic = Set.copyOf(traffic);
    }
  }

  /**
   * The listeners that share a port and tell their traffic apart by protocol and hostname.
   *
   * @param listeners not empty; the order of the Gateway first, then that of its ListenerSets
   */
  public record ListenPort(int port, Transport transport, List<AttachedListener> listeners) {
    public ListenPort {
      listeners = List.copyOf(listeners);
    }
  }

  /** What carries the bytes to a port. */
  public enum Transport {
    TCP,
    UDP
  }
}
