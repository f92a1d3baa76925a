package dev.weir.core.api.gateway;

import dev.weir.core.api.IpLiteral;
import dev.weir.core.api.ObjectType;
import dev.weir.core.api.ObjectType.Layout;
import dev.weir.core.api.gateway.Format.Hostname;
import dev.weir.core.api.schema.Checked;
import dev.weir.core.api.schema.Items;
import dev.weir.core.api.schema.Violations;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Routes TLS connections by server name.
 *
 * @param hostnames at least one; in v1alpha2 there may be none: those of the listeners
 * @param rules one; in v1alpha2 there may be several
 */
public record TlsRoute(
    @Items(max = 32) List<ParentReference> parentRefs,
    @Nullable DefaultScope useDefaultGateways,
    @Items(max = 1024) List<@Hostname String> hostnames,
    @Items(min = 1, max = 16) List<StreamRule> rules)
    implements Checked {

  public static final ObjectType<TlsRoute> TYPE =
      ObjectType.of(Group.kind("TLSRoute", "tlsroutes"), TlsRoute.class, Layout.SPEC)
          .served("v1", TlsRoute::checkReleased)
          .served("v1alpha3", TlsRoute::checkReleased)
          .served("v1alpha2");

  private void checkReleased(Violations violations) {
    if (hostnames.isEmpty()) {
      violations.add("hostnames", "required: name at least one server name");
    }
    for (int i = 0; i < hostnames.size(); i++) {
      if (IpLiteral.isAddress(hostnames.get(i))) {
        violations.add("hostnames[" + i + "]", "an address: clients send names only");
      }
    }
    RouteRules.checkSingle(rules, violations);
  }

  @Override
  public void check(Violations violations) {
    ParentReference.check(parentRefs, violations);
    RouteRules.checkNames(rules, StreamRule::name, violations);
  }
}
