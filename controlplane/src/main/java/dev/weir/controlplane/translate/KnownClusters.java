package dev.weir.controlplane.translate;

import dev.weir.controlplane.topology.GatewayTopology;
import dev.weir.controlplane.topology.GatewayTopology.Beyond;
import dev.weir.controlplane.topology.KeyPair;
import dev.weir.controlplane.topology.ResolvedBackend;
import dev.weir.controlplane.topology.ResolvedBackend.ServicePort;
import dev.weir.core.problem.ObjectRef;
import dev.weir.core.xds.XdsSnapshot.Resource;
import dev.weir.envoy.config.cluster.v3.Cluster;
import dev.weir.envoy.config.endpoint.v3.ClusterLoadAssignment;
import dev.weir.envoy.extensions.transport_sockets.tls.v3.Secret;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Remembers clusters, so that a change writes only those that are about it. Forgets what the last
 * run did not ask for. Not for concurrent use.
 */
final class KnownClusters {
  private Map<Place, Map<String, Written>> previous = new HashMap<>();
  private Map<Place, Map<String, Written>> current = new HashMap<>();

  /**
   * What clusters depend on beside their backends.
   *
   * @param certificate that the Gateway shows them
   * @param beyond see {@link GatewayTopology#beyond}
   */
  private record Place(ObjectRef gateway, @Nullable KeyPair certificate, Beyond beyond) {}

  /**
   * A cluster.
   *
   * @param backend what it was written from
   * @param endpoints where its endpoints are
   * @param secrets to which it refers, by name
   */
  record Written(
      ResolvedBackend backend,
      Resource<Cluster> cluster,
      Endpoints endpoints,
      Map<String, Resource<Secret>> secrets) {}

  /** Where the endpoints of a cluster are. */
  sealed interface Endpoints {
    /** In the cluster itself. */
    record Inline() implements Endpoints {}

    /** In an assignment that never changes for itself. */
    record Fixed(Resource<ClusterLoadAssignment> assignment) implements Endpoints {}

    /** In the assignment of a Service port. */
    record Ports(String assignment, ServicePort port) implements Endpoints {}
  }

  void startRun() {
    previous = current;
    current = new HashMap<>();
  }

  /** The clusters of a Gateway in the run before, by name. */
  Map<String, Written> before(GatewayTopology gateway) {
    return previous.getOrDefault(place(gateway), Map.of());
  }

  /** Keeps the clusters of a Gateway for the next run. */
  void keep(GatewayTopology gateway, Map<String, Written> clusters) {
    current.put(place(gateway), clusters);
  }

  private static Place place(GatewayTopology gateway) {
    return new Place(gateway.gateway(), gateway.clientCertificate(), gateway.beyond());
  }
}
