package dev.weir.controlplane.translate;

import dev.weir.core.problem.ObjectRef;
import dev.weir.core.xds.ResourceKey;
import dev.weir.core.xds.ResourceType;
import dev.weir.core.xds.XdsSnapshot;
import dev.weir.core.xds.XdsSnapshot.Resource;
import dev.weir.envoy.config.route.v3.RouteConfiguration;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Walks back from what a proxy says of a resource to the object that it was made from. */
public final class Origins {
  private static final Pattern ROUTE =
      Pattern.compile("virtual_hosts\\[(\\d+)]\\.routes\\[(\\d+)]");

  /** The names of routes begin with the path of their object; see docs/adr/0004. */
  private static final Pattern OBJECT = Pattern.compile("([A-Za-z]+)/([^/]+)/([^/]+)/.*");

  private static final String GATEWAY_API = "gateway.networking.k8s.io";

  private Origins() {}

  /**
   * The routes that {@code message} is about; empty if it does not tell.
   *
   * @param message of a proxy that gives the path of each field
   */
  public static Set<ObjectRef> routes(XdsSnapshot snapshot, ResourceKey key, String message) {
    Set<ObjectRef> routes = new LinkedHashSet<>();
    if (key.type() == ResourceType.ROUTE_CONFIGURATION) {
      Resource<RouteConfiguration> resource = snapshot.routes().get(key.name());
      Matcher path = ROUTE.matcher(message);
      while (resource != null && path.find()) {
        String name = routeName(resource.message(), path.group(1), path.group(2));
        Matcher object = OBJECT.matcher(name);
        if (object.matches()) {
          routes.add(new ObjectRef(GATEWAY_API, object.group(1), object.group(2), object.group(3)));
        }
      }
    }
    return routes;
  }

  private static String routeName(RouteConfiguration message, String host, String route) {
    try {
      return message
          .getVirtualHosts(Integer.parseInt(host))
          .getRoutes(Integer.parseInt(route))
          .getName();
    } catch (IndexOutOfBoundsException | NumberFormatException e) {
      return "";
    }
  }
}
