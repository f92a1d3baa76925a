package dev.weir.controlplane.translate;

import com.google.protobuf.UInt32Value;
import dev.weir.core.api.weir.Backend;
import dev.weir.core.api.weir.Backend.Address.Dns;
import dev.weir.core.api.weir.Backend.Address.Ip;
import dev.weir.core.api.weir.Backend.Address.Unix;
import dev.weir.envoy.config.core.v3.Address;
import dev.weir.envoy.config.core.v3.Locality;
import dev.weir.envoy.config.core.v3.Pipe;
import dev.weir.envoy.config.endpoint.v3.ClusterLoadAssignment;
import dev.weir.envoy.config.endpoint.v3.LocalityLbEndpoints;
import java.util.List;

/** Writes the endpoints of a Backend. */
final class BackendEndpoints {
  private BackendEndpoints() {}

  /** Whether some endpoint is known by name only. */
  static boolean needDns(Backend backend) {
    return backend.groups().stream()
        .flatMap(group -> group.endpoints().stream())
        .anyMatch(endpoint -> endpoint.address() instanceof Dns);
  }

  static ClusterLoadAssignment translate(String name, Backend backend) {
    ClusterLoadAssignment.Builder out = ClusterLoadAssignment.newBuilder().setClusterName(name);
    for (Backend.Group group : backend.groups()) {
      LocalityLbEndpoints.Builder locality =
          out.addEndpointsBuilder().setPriority(group.priority());
      Locality place =
          Locality.newBuilder()
              .setRegion(group.locality().region())
              .setZone(group.locality().zone())
              .setSubZone(group.locality().subZone())
              .build();
      if (!place.equals(Locality.getDefaultInstance())) {
        locality.setLocality(place);
      }
      List<Integer> weights = EndpointWeights.of(group, backend.groups());
      for (int i = 0; i < weights.size(); i++) {
        locality.addLbEndpoints(
            EndpointTranslator.endpoint(address(group.endpoints().get(i).address()))
                .setLoadBalancingWeight(UInt32Value.of(weights.get(i))));
      }
    }
    return out.build();
  }

  private static Address address(Backend.Address address) {
    return switch (address) {
      case Ip(String ip, int port) -> EndpointTranslator.socket(ip, port);
      case Dns(String hostname, int port) -> EndpointTranslator.socket(hostname, port);
      case Unix(String path) ->
          Address.newBuilder().setPipe(Pipe.newBuilder().setPath(path)).build();
    };
  }
}
