package dev.weir.controlplane.kube;

import dev.weir.core.api.KubeObject;
import dev.weir.core.api.gateway.GatewayAddress;
import dev.weir.core.api.k8s.Service;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** At which addresses a Service is reached. */
final class ServiceAddresses {
  private static final String IP = "IPAddress";
  private static final String HOSTNAME = "Hostname";
  private static final String NONE = "None";

  private ServiceAddresses() {}

  /**
   * Those that its load balancer has; of a Service without one, those within the cluster.
   *
   * @param status as JSON
   */
  static List<GatewayAddress> of(KubeObject<?> service, String status) {
    Service spec = (Service) service.spec();
    List<GatewayAddress> addresses = new ArrayList<>();
    if (spec.type() == Service.Type.LOAD_BALANCER) {
      JsonNode balancer = ApiConnection.JSON.readTree(status).path("loadBalancer");
      for (JsonNode ingress : balancer.path("ingress")) {
        add(addresses, IP, ingress.path("ip").asString(""));
        add(addresses, HOSTNAME, ingress.path("hostname").asString(""));
      }
    } else if (!spec.clusterIPs().isEmpty()) {
      spec.clusterIPs().forEach(ip -> add(addresses, IP, ip));
    } else if (spec.clusterIP() != null) {
      add(addresses, IP, spec.clusterIP());
    }
    return List.copyOf(addresses);
  }

  private static void add(List<GatewayAddress> addresses, String type, String value) {
    if (!value.isEmpty() && !value.equals(NONE)) {
      addresses.add(new GatewayAddress(type, value));
    }
  }
}
