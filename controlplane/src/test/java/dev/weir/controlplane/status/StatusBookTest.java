package dev.weir.controlplane.status;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.controlplane.resolve.Resolution;
import dev.weir.controlplane.resolve.ResolveOptions;
import dev.weir.controlplane.resolve.Resolver;
import dev.weir.controlplane.resolve.States;
import dev.weir.core.api.Condition;
import dev.weir.core.api.gateway.GatewayAddress;
import dev.weir.core.api.gateway.GatewayClassStatus;
import dev.weir.core.api.gateway.GatewayClassStatus.SupportedFeature;
import dev.weir.core.api.gateway.GatewayStatus;
import dev.weir.core.api.gateway.RouteStatus;
import dev.weir.core.xds.Applied;
import dev.weir.core.xds.Applied.BindFailure;
import dev.weir.core.xds.ResourceKey;
import dev.weir.core.xds.ResourceType;
import dev.weir.core.xds.Verdict;
import dev.weir.core.xds.XdsSnapshot;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class StatusBookTest {
  private static final Instant T1 = Instant.parse("2026-01-01T00:00:01Z");
  private static final Instant T2 = Instant.parse("2026-01-01T00:00:02Z");
  private static final Instant T3 = Instant.parse("2026-01-01T00:00:03Z");
  private static final String PORT_80 = "Gateway/demo/gateway/port/80";
  private static final String PORT_81 = "Gateway/demo/gateway/port/81";

  private static final String INPUT =
      """
      apiVersion: gateway.networking.k8s.io/v1
      kind: GatewayClass
      metadata: {name: weir}
      spec: {controllerName: weir.dev/gateway-controller}
      ---
      apiVersion: gateway.networking.k8s.io/v1
      kind: Gateway
      metadata: {namespace: demo, name: gateway}
      spec:
        gatewayClassName: weir
        addresses: [{value: 127.0.0.2}, {value: 127.0.0.3}]
        listeners:
        - {name: web, port: 80, protocol: HTTP}
        - {name: alt, port: 81, protocol: HTTP}
      ---
      apiVersion: gateway.networking.k8s.io/v1
      kind: HTTPRoute
      metadata: {namespace: demo, name: route}
      spec:
        parentRefs: [{name: gateway}]
        rules: [{backendRefs: [{name: shop, port: 80}]}]
      """;
  private static final String SERVICE =
      """
      ---
      apiVersion: v1
      kind: Service
      metadata: {namespace: demo, name: shop}
      spec: {ports: [{port: 80}]}
      """;

  private final StatusBook book = new StatusBook(ResolveOptions.CONTROLLER_NAME);
  private final Resolver resolver = new Resolver();

  @Test
  void nothingIsProgrammedBeforeTheProxyAnswers() {
    GatewayStatus gateway = gateway(write(INPUT, null, T1));

    assertThat(condition(gateway.conditions(), "Programmed").reason()).isEqualTo("Pending");
    assertThat(condition(gateway.conditions(), "Programmed").status())
        .isEqualTo(Condition.Status.FALSE);
    assertThat(listener(gateway, "web").reason()).isEqualTo("Pending");
  }

  @Test
  void whatTheProxyAcceptsIsProgrammed() {
    GatewayStatus gateway = gateway(write(INPUT, accepted(), T1));

    assertThat(condition(gateway.conditions(), "Programmed").reason()).isEqualTo("Programmed");
    assertThat(listener(gateway, "web").reason()).isEqualTo("Programmed");
    assertThat(listener(gateway, "alt").reason()).isEqualTo("Programmed");
  }

  @Test
  void aRejectedListenerLeavesTheOthersProgrammed() {
    Applied applied =
        with(ResourceType.LISTENER, PORT_81, new Verdict.Rejected("1", "no such thing", null));

    GatewayStatus gateway = gateway(write(INPUT, applied, T1));

    assertThat(listener(gateway, "web").reason()).isEqualTo("Programmed");
    assertThat(listener(gateway, "alt").reason()).isEqualTo("Invalid");
    assertThat(listener(gateway, "alt").message()).contains("no such thing");
    assertThat(condition(gateway.conditions(), "Programmed").reason()).isEqualTo("Programmed");
  }

  @Test
  void rejectedRoutesAreToldAtTheListener() {
    Applied applied =
        with(
            ResourceType.ROUTE_CONFIGURATION,
            PORT_80,
            new Verdict.Rejected("2", "regex too large", "1"));

    GatewayStatus gateway = gateway(write(INPUT, applied, T1));

    assertThat(listener(gateway, "web").status()).isEqualTo(Condition.Status.FALSE);
    assertThat(listener(gateway, "web").message())
        .isEqualTo("the proxies reject it and stay with the version before: regex too large");
  }

  @Test
  void anAddressThatCannotBeBoundIsNotShown() {
    Applied applied = accepted();
    Applied failed =
        new Applied(
            applied.snapshot(),
            applied.verdicts(),
            List.of(
                new BindFailure(PORT_80, "127.0.0.3:80", "Cannot assign requested address"),
                new BindFailure(PORT_81, "127.0.0.3:81", "Cannot assign requested address")));

    GatewayStatus gateway = gateway(write(INPUT, failed, T1));

    assertThat(condition(gateway.conditions(), "Accepted").reason()).isEqualTo("Accepted");
    Condition programmed = condition(gateway.conditions(), "Programmed");
    assertThat(programmed.status()).isEqualTo(Condition.Status.FALSE);
    assertThat(programmed.reason()).isEqualTo("AddressNotUsable");
    assertThat(programmed.message()).contains("127.0.0.3:80", "Cannot assign requested address");
    assertThat(gateway.addresses()).containsExactly(new GatewayAddress("IPAddress", "127.0.0.2"));
  }

  @Test
  void timesMoveOnlyWhenTheStatusOfAConditionChanges() {
    write(INPUT, null, T1);
    List<ObjectStatus> second = write(INPUT, accepted(), T2);
    List<ObjectStatus> third = write(INPUT + SERVICE, accepted(), T3);

    Condition accepted = condition(gateway(third).conditions(), "Accepted");
    assertThat(accepted.lastTransitionTime()).isEqualTo(T1);
    Condition programmed = condition(gateway(third).conditions(), "Programmed");
    assertThat(programmed.lastTransitionTime()).isEqualTo(T2);
    assertThat(listener(gateway(third), "web").lastTransitionTime()).isEqualTo(T2);
    assertThat(resolvedRefs(second).status()).isEqualTo(Condition.Status.FALSE);
    assertThat(resolvedRefs(second).lastTransitionTime()).isEqualTo(T1);
    assertThat(resolvedRefs(third).status()).isEqualTo(Condition.Status.TRUE);
    assertThat(resolvedRefs(third).lastTransitionTime()).isEqualTo(T3);
  }

  @Test
  void equalInputGivesEqualStatus() {
    List<ObjectStatus> first = write(INPUT + SERVICE, accepted(), T1);

    assertThat(write(INPUT + SERVICE, accepted(), T2)).isEqualTo(first);
  }

  @Test
  void anObjectThatCameBackIsNew() {
    String withoutRoute = INPUT.substring(0, INPUT.lastIndexOf("---"));
    write(INPUT, accepted(), T1);
    write(withoutRoute, accepted(), T2);

    assertThat(resolvedRefs(write(INPUT, accepted(), T3)).lastTransitionTime()).isEqualTo(T3);
  }

  @Test
  void listsTheFeaturesInOrder() {
    GatewayClassStatus status = find(write(INPUT, null, T1), GatewayClassStatus.class);

    assertThat(status.supportedFeatures())
        .extracting(SupportedFeature::name)
        .containsExactly("Gateway", "HTTPRoute", "ReferenceGrant");
  }

  @Test
  void writesJson() {
    assertThat(StatusText.json(write(INPUT, null, T1)))
        .contains("\"lastTransitionTime\" : \"2026-01-01T00:00:01Z\"")
        .contains("\"controllerName\" : \"weir.dev/gateway-controller\"")
        .contains("\"status\" : \"False\"")
        .doesNotContain("null");
  }

  private List<ObjectStatus> write(String yaml, @Nullable Applied applied, Instant now) {
    Resolution resolution =
        resolver.resolve(States.of(yaml), States.options("HTTPRoute", "ReferenceGrant", "Gateway"));
    return book.write(resolution.report(), applied, now);
  }

  private static Applied accepted() {
    Map<ResourceKey, Verdict> verdicts = new HashMap<>();
    for (String port : List.of(PORT_80, PORT_81)) {
      verdicts.put(new ResourceKey(ResourceType.LISTENER, port), new Verdict.Accepted("1"));
      verdicts.put(
          new ResourceKey(ResourceType.ROUTE_CONFIGURATION, port), new Verdict.Accepted("1"));
    }
    return new Applied(XdsSnapshot.EMPTY, verdicts, List.of());
  }

  private static Applied with(ResourceType type, String name, Verdict verdict) {
    Map<ResourceKey, Verdict> verdicts = new HashMap<>(accepted().verdicts());
    verdicts.put(new ResourceKey(type, name), verdict);
    return new Applied(XdsSnapshot.EMPTY, verdicts, List.of());
  }

  private static GatewayStatus gateway(List<ObjectStatus> statuses) {
    return find(statuses, GatewayStatus.class);
  }

  private static Condition resolvedRefs(List<ObjectStatus> statuses) {
    return condition(
        find(statuses, RouteStatus.class).parents().getFirst().conditions(), "ResolvedRefs");
  }

  private static <S extends Record> S find(List<ObjectStatus> statuses, Class<S> type) {
    return type.cast(
        statuses.stream()
            .map(ObjectStatus::content)
            .filter(type::isInstance)
            .findFirst()
            .orElseThrow());
  }

  private static Condition listener(GatewayStatus gateway, String name) {
    return condition(
        gateway.listeners().stream()
            .filter(listener -> listener.name().equals(name))
            .findFirst()
            .orElseThrow()
            .conditions(),
        "Programmed");
  }

  private static Condition condition(List<Condition> conditions, String type) {
    return conditions.stream().filter(c -> c.type().equals(type)).findFirst().orElseThrow();
  }
}
