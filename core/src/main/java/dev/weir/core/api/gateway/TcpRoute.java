package dev.weir.core.api.gateway;

import dev.weir.core.api.ObjectType;
import dev.weir.core.api.ObjectType.Layout;
import dev.weir.core.api.schema.Checked;
import dev.weir.core.api.schema.Items;
import dev.weir.core.api.schema.Violations;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Routes TCP connections.
 *
 * @param rules one; in v1alpha2 there may be several
 */
public record TcpRoute(
    @Items(max = 32) List<ParentReference> parentRefs,
    @Nullable DefaultScope useDefaultGateways,
    @Items(min = 1, max = 16) List<StreamRule> rules)
    implements Checked {

  public static final ObjectType<TcpRoute> TYPE =
      ObjectType.of(Group.kind("TCPRoute", "tcproutes"), TcpRoute.class, Layout.SPEC)
          .served("v1", (route, violations) -> RouteRules.checkSingle(route.rules, violations))
          .served("v1alpha2");

  @Override
  public void check(Violations violations) {
    ParentReference.check(parentRefs, violations);
    RouteRules.checkNames(rules, StreamRule::name, violations);
  }
}
