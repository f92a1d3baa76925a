package dev.weir.controlplane.translate;

import dev.weir.controlplane.topology.Endpoint;
import dev.weir.controlplane.topology.GatewayTopology.Transport;
import dev.weir.controlplane.topology.ResolvedBackend.ServicePort;
import dev.weir.core.api.Kind;
import dev.weir.core.api.k8s.Service;
import dev.weir.core.api.k8s.ServiceImport;
import dev.weir.core.problem.ObjectRef;
import dev.weir.core.xds.XdsSnapshot.Resource;
import dev.weir.envoy.config.core.v3.Address;
import dev.weir.envoy.config.core.v3.Locality;
import dev.weir.envoy.config.core.v3.SocketAddress;
import dev.weir.envoy.config.endpoint.v3.ClusterLoadAssignment;
import dev.weir.envoy.config.endpoint.v3.LbEndpoint;
import dev.weir.envoy.config.endpoint.v3.LocalityLbEndpoints;
import java.util.Collection;
import java.util.Comparator;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Writes the endpoints of Service ports. Needs nothing but the endpoints, so that they can take a
 * short cut past the other stages: of all objects they change most often.
 */
public final class EndpointTranslator {
  private static final Comparator<Endpoint> ORDER =
      Comparator.comparing(Endpoint::ip).thenComparingInt(Endpoint::port);

  /** What has ports with endpoints of their own. */
  private static final Map<String, Kind> KINDS =
      Stream.of(Service.TYPE.kind(), ServiceImport.TYPE.kind())
          .collect(Collectors.toUnmodifiableMap(Kind::kind, Function.identity()));

  private EndpointTranslator() {}

  /**
   * The assignment of a Service port, by zone.
   *
   * @param endpoints in any order; may be empty
   */
  public static Resource<ClusterLoadAssignment> translate(
      ServicePort port, Collection<Endpoint> endpoints) {
    SortedMap<String, TreeSet<Endpoint>> byZone = new TreeMap<>();
    for (Endpoint endpoint : endpoints) {
      byZone
          .computeIfAbsent(
              endpoint.zone() == null ? "" : endpoint.zone(), zone -> new TreeSet<>(ORDER))
          .add(endpoint);
    }
    ClusterLoadAssignment.Builder out =
        ClusterLoadAssignment.newBuilder().setClusterName(port.toString());
    byZone.forEach((zone, members) -> {
      LocalityLbEndpoints.Builder group = out.addEndpointsBuilder();
      if (!zone.isEmpty()) {
        group.setLocality(Locality.newBuilder().setZone(zone));
      }
      members.forEach(member -> group.addLbEndpoints(endpoint(member)));
    });
    return Messages.resource(port.toString(), out.build());
  }

  /** The Service port whose assignment has that name, or null if it is something else's. */
  static @Nullable ServicePort port(String assignment) {
    String[] parts = assignment.split("/", -1);
    boolean datagrams = parts.length == 5 && parts[4].equals("udp");
    Kind kind = KINDS.get(parts[0]);
    return kind != null && (parts.length == 4 || datagrams)
        ? new ServicePort(
            new ObjectRef(kind.group(), kind.kind(), parts[1], parts[2]),
            Integer.parseInt(parts[3]),
            datagrams ? Transport.UDP : Transport.TCP)
        : null;
  }

  private static LbEndpoint endpoint(Endpoint endpoint) {
    return endpoint(socket(endpoint.ip(), endpoint.port())).build();
  }

  static LbEndpoint.Builder endpoint(Address address) {
    return LbEndpoint.newBuilder()
        .setEndpoint(dev.weir.envoy.config.endpoint.v3.Endpoint.newBuilder().setAddress(address));
  }

  /** An IP address or a DNS name, and a port. */
  static Address socket(String host, int port) {
    return Address.newBuilder()
        .setSocketAddress(SocketAddress.newBuilder().setAddress(host).setPortValue(port))
        .build();
  }
}
