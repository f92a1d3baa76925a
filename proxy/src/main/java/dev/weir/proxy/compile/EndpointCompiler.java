package dev.weir.proxy.compile;

import dev.weir.core.filter.InvalidConfig;
import dev.weir.envoy.config.core.v3.Address;
import dev.weir.envoy.config.core.v3.HealthStatus;
import dev.weir.envoy.config.core.v3.Locality;
import dev.weir.envoy.config.core.v3.SocketAddress;
import dev.weir.envoy.config.endpoint.v3.ClusterLoadAssignment;
import dev.weir.envoy.config.endpoint.v3.LbEndpoint;
import dev.weir.envoy.config.endpoint.v3.LocalityLbEndpoints;
import dev.weir.proxy.plan.ClusterPlan.EndpointPlan;
import io.netty.channel.unix.DomainSocketAddress;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Compiles ClusterLoadAssignments, and addresses wherever they stand. */
final class EndpointCompiler {
  private EndpointCompiler() {}

  /** Whether an address may be a DNS name. */
  enum Names {
    ALLOWED,
    REFUSED
  }

  static List<EndpointPlan> compile(ClusterLoadAssignment assignment, Names names, FieldPath at)
      throws InvalidConfig {
    List<EndpointPlan> all = new ArrayList<>();
    for (int i = 0; i < assignment.getEndpointsCount(); i++) {
      LocalityLbEndpoints group = assignment.getEndpoints(i);
      FieldPath groupAt = at.field("endpoints").at(i);
      String locality = locality(group.getLocality());
      for (int j = 0; j < group.getLbEndpointsCount(); j++) {
        LbEndpoint endpoint = group.getLbEndpoints(j);
        FieldPath endpointAt = groupAt.field("lb_endpoints").at(j);
        if (!usable(endpoint.getHealthStatus())) {
          continue;
        }
        all.add(
            new EndpointPlan(
                address(
                    endpoint.getEndpoint().getAddress(),
                    names,
                    endpointAt.field("endpoint").field("address")),
                weight(endpoint, endpointAt),
                group.getPriority(),
                locality));
      }
    }
    return List.copyOf(all);
  }

  private static boolean usable(HealthStatus status) {
    return switch (status) {
      case UNKNOWN, HEALTHY, DEGRADED -> true;
      case UNHEALTHY, DRAINING, TIMEOUT, UNRECOGNIZED -> false;
    };
  }

  private static int weight(LbEndpoint endpoint, FieldPath at) throws InvalidConfig {
    if (!endpoint.hasLoadBalancingWeight()) {
      return 1;
    }
    int weight = endpoint.getLoadBalancingWeight().getValue();
    if (weight < 1) {
      throw at.field("load_balancing_weight").invalid("has to be at least 1 and below 2^31");
    }
    return weight;
  }

  private static String locality(Locality locality) {
    if (locality.equals(Locality.getDefaultInstance())) {
      return "";
    }
    return locality.getRegion() + "/" + locality.getZone() + "/" + locality.getSubZone();
  }

  private static java.net.SocketAddress address(Address address, Names names, FieldPath at)
      throws InvalidConfig {
    return switch (address.getAddressCase()) {
      case SOCKET_ADDRESS -> {
        // Whether it gets connections or datagrams is for those to say that use the cluster.
        if (address.getSocketAddress().getProtocol() != SocketAddress.Protocol.TCP) {
          throw at.field("socket_address").field("protocol").invalid("only TCP is implemented");
        }
        yield socketAddress(address.getSocketAddress(), names, at.field("socket_address"));
      }
      case PIPE -> {
        String path = address.getPipe().getPath();
        if (!path.startsWith("/")) {
          throw at.field("pipe").field("path").invalid("has to be an absolute path");
        }
        yield new DomainSocketAddress(path);
      }
      case ADDRESS_NOT_SET -> throw at.invalid("needs socket_address or pipe");
    };
  }

  static InetSocketAddress socketAddress(SocketAddress address, Names names, FieldPath at)
      throws InvalidConfig {
    int port = address.getPortValue();
    if (port < 0 || port > 65535) {
      throw at.field("port_value").invalid("has to be a port number");
    }
    String host = address.getAddress();
    InetAddress literal = literal(host);
    if (literal != null) {
      return new InetSocketAddress(literal, port);
    }
    if (host.isEmpty() || names == Names.REFUSED) {
      throw at.field("address").invalid("\"" + host + "\" is no IP address");
    }
    return InetSocketAddress.createUnresolved(host, port);
  }

  private static @Nullable InetAddress literal(String text) {
    try {
      return InetAddress.ofLiteral(text);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }
}
