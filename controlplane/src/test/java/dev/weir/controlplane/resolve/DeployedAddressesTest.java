package dev.weir.controlplane.resolve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.controlplane.resolve.Report.GatewayReport;
import dev.weir.controlplane.state.ClusterState;
import dev.weir.controlplane.topology.GatewayTopology;
import dev.weir.core.api.gateway.Gateway;
import dev.weir.core.api.gateway.GatewayAddress;
import dev.weir.core.problem.ObjectRef;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Gateways whose proxies run behind a Service of their own. */
class DeployedAddressesTest {
  private static final ClusterState STATE =
      States.of(
          """
          apiVersion: gateway.networking.k8s.io/v1
          kind: GatewayClass
          metadata: {name: weir}
          spec: {controllerName: weir.dev/gateway-controller}
          ---
          apiVersion: gateway.networking.k8s.io/v1
          kind: Gateway
          metadata: {namespace: demo, name: a}
          spec:
            gatewayClassName: weir
            listeners: [{name: http, port: 80, protocol: HTTP}]
          ---
          apiVersion: gateway.networking.k8s.io/v1
          kind: Gateway
          metadata: {namespace: demo, name: b}
          spec:
            gatewayClassName: weir
            addresses: [{value: 192.0.2.9}]
            listeners: [{name: http, port: 80, protocol: HTTP}]
          """);

  private static ObjectRef gateway(String name) {
    return Lookup.ref(Gateway.TYPE, "demo", name);
  }

  private static Resolution resolve(List<GatewayAddress> a, List<GatewayAddress> b) {
    AddressAllocation allocation =
        new AddressAllocation(
            Map.of(), Map.of(gateway("a"), a, gateway("b"), b), List.of("127.0.0.1"));
    return new Resolver().resolve(STATE, States.options("Gateway", "HTTPRoute").with(allocation));
  }

  @Test
  void aPortIsFreeForEachAndStatusShowsWhereTheyAreReached() {
    List<GatewayAddress> a =
        List.of(
            new GatewayAddress("IPAddress", "192.0.2.1"),
            new GatewayAddress("Hostname", "a.load.example"));
    List<GatewayAddress> b = List.of(new GatewayAddress("IPAddress", "192.0.2.9"));
    Resolution resolution = resolve(a, b);

    assertThat(resolution.report().problems()).isEmpty();
    assertThat(resolution.topology().gateways())
        .hasSize(2)
        .allSatisfy(each -> assertThat(each.addresses()).isEmpty())
        .allSatisfy(each -> assertThat(each.ports()).hasSize(1));
    List<GatewayReport> reports = resolution.report().gateways();
    assertThat(reports).extracting(GatewayReport::addresses).containsExactly(a, b);
    // Not for the proxies to bind.
    assertThat(reports).allSatisfy(report -> assertThat(report.requested()).isEmpty());
    assertThat(reports).extracting(GatewayReport::unprogrammed).containsOnlyNulls();
  }

  @Test
  void whatHasNoAddressYetIsMadeAllTheSame() {
    Resolution resolution =
        resolve(List.of(), List.of(new GatewayAddress("IPAddress", "192.0.2.2")));

    assertThat(resolution.topology().gateways())
        .extracting(GatewayTopology::gateway)
        .containsExactly(gateway("a"), gateway("b"));
    assertThat(resolution.report().gateways())
        .extracting(report -> Objects.requireNonNull(report.unprogrammed()).reason())
        .containsExactly(ConditionReason.ADDRESS_NOT_ASSIGNED, ConditionReason.ADDRESS_NOT_USABLE);
  }
}
