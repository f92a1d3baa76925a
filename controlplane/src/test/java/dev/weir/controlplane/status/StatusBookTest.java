package dev.weir.controlplane.status;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.controlplane.decode.SourceText;
import dev.weir.controlplane.files.Manifests;
import dev.weir.controlplane.resolve.Resolution;
import dev.weir.controlplane.resolve.ResolveOptions;
import dev.weir.controlplane.resolve.Resolver;
import dev.weir.controlplane.resolve.States;
import dev.weir.controlplane.state.StandardTypes;
import dev.weir.controlplane.translate.Translator;
import dev.weir.core.api.Condition;
import dev.weir.core.api.gateway.GatewayAddress;
import dev.weir.core.api.gateway.GatewayClassStatus;
import dev.weir.core.api.gateway.GatewayClassStatus.SupportedFeature;
import dev.weir.core.api.gateway.GatewayStatus;
import dev.weir.core.api.gateway.RouteStatus;
import dev.weir.core.problem.ObjectRef;
import dev.weir.core.xds.Applied.BindFailure;
import dev.weir.core.xds.ProxyState;
import dev.weir.core.xds.ResourceType;
import dev.weir.core.xds.Verdict;
import dev.weir.core.xds.XdsSnapshot;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
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

  private static final BindFailure CANNOT_BIND_80 =
      new BindFailure(PORT_80, "127.0.0.3:80", "Cannot assign requested address");
  private static final BindFailure CANNOT_BIND_81 =
      new BindFailure(PORT_81, "127.0.0.3:81", "Cannot assign requested address");

  private final StatusBook book = new StatusBook(ResolveOptions.CONTROLLER_NAME);
  private final Resolver resolver = new Resolver();

  /** Counts the generations of objects. */
  private final Manifests manifests = new Manifests(StandardTypes.ALL, () -> T1);

  @Test
  void nothingIsProgrammedBeforeTheProxyAnswers() {
    GatewayStatus gateway = gateway(write(INPUT, StatusBookTest::nobody, T1));

    assertThat(condition(gateway.conditions(), "Programmed").reason()).isEqualTo("Pending");
    assertThat(condition(gateway.conditions(), "Programmed").status())
        .isEqualTo(Condition.Status.FALSE);
    assertThat(listener(gateway, "web").reason()).isEqualTo("Pending");
  }

  @Test
  void whatTheProxyAcceptsIsProgrammed() {
    GatewayStatus gateway = gateway(write(INPUT, Fleets::accepting, T1));

    assertThat(condition(gateway.conditions(), "Programmed").reason()).isEqualTo("Programmed");
    assertThat(listener(gateway, "web").reason()).isEqualTo("Programmed");
    assertThat(listener(gateway, "alt").reason()).isEqualTo("Programmed");
  }

  @Test
  void aRejectedListenerLeavesTheOthersProgrammed() {
    GatewayStatus gateway =
        gateway(
            write(
                INPUT,
                but(
                    ResourceType.LISTENER,
                    PORT_81,
                    version -> new Verdict.Rejected(version, "no such thing", null)),
                T1));

    assertThat(listener(gateway, "web").reason()).isEqualTo("Programmed");
    assertThat(listener(gateway, "alt").reason()).isEqualTo("Invalid");
    assertThat(listener(gateway, "alt").message()).contains("no such thing");
    assertThat(condition(gateway.conditions(), "Programmed").reason()).isEqualTo("Programmed");
  }

  @Test
  void rejectedRoutesAreToldAtTheListener() {
    GatewayStatus gateway =
        gateway(
            write(
                INPUT,
                but(
                    ResourceType.ROUTE_CONFIGURATION,
                    PORT_80,
                    version -> new Verdict.Rejected(version, "regex too large", "1")),
                T1));

    assertThat(listener(gateway, "web").status()).isEqualTo(Condition.Status.FALSE);
    assertThat(listener(gateway, "web").message())
        .isEqualTo("the proxies reject it and stay with the version before: regex too large");
  }

  @Test
  void anAddressThatCannotBeBoundIsNotShown() {
    GatewayStatus gateway =
        gateway(
            write(
                INPUT,
                wanted ->
                    Fleets.of(
                        wanted,
                        Fleets.unable(
                            Fleets.accepting("", wanted), CANNOT_BIND_80, CANNOT_BIND_81)),
                T1));

    assertThat(condition(gateway.conditions(), "Accepted").reason()).isEqualTo("Accepted");
    Condition programmed = condition(gateway.conditions(), "Programmed");
    assertThat(programmed.status()).isEqualTo(Condition.Status.FALSE);
    assertThat(programmed.reason()).isEqualTo("AddressNotUsable");
    assertThat(programmed.message()).contains("127.0.0.3:80", "Cannot assign requested address");
    assertThat(gateway.addresses()).containsExactly(new GatewayAddress("IPAddress", "127.0.0.2"));
  }

  @Test
  void readyWhenAllProxiesRunIt() {
    List<ObjectStatus> statuses =
        write(
            INPUT + SERVICE,
            wanted ->
                Fleets.of(
                    wanted, Fleets.accepting("east", wanted), Fleets.accepting("west", wanted)),
            T1);

    Condition ready = condition(gateway(statuses).conditions(), "Ready");
    assertThat(ready.status()).isEqualTo(Condition.Status.TRUE);
    assertThat(ready.message()).matches("2 of 2 proxies run version [0-9a-f]{8}");
    assertThat(route(statuses, "Ready").status()).isEqualTo(Condition.Status.TRUE);
    assertThat(route(statuses, "Ready").message()).isEqualTo("all proxies of the gateway run it");
  }

  @Test
  void programmedButNotReadyWhileOneProxyIsBehind() {
    List<ObjectStatus> statuses =
        write(
            INPUT + SERVICE,
            wanted ->
                Fleets.of(
                    wanted,
                    Fleets.accepting("east", wanted),
                    but(
                        "west",
                        wanted,
                        ResourceType.ROUTE_CONFIGURATION,
                        PORT_80,
                        version -> new Verdict.Accepted("an older one"))),
            T1);

    GatewayStatus gateway = gateway(statuses);
    assertThat(condition(gateway.conditions(), "Programmed").status())
        .isEqualTo(Condition.Status.TRUE);
    Condition ready = condition(gateway.conditions(), "Ready");
    assertThat(ready.reason()).isEqualTo("Pending");
    assertThat(ready.message()).matches("1 of 2 proxies run version .*; not yet: west");
    assertThat(route(statuses, "Ready").status()).isEqualTo(Condition.Status.FALSE);
  }

  @Test
  void readyOfARouteKeepsTheGenerationThatRuns() {
    write(INPUT + SERVICE, Fleets::accepting, T1);
    String changed = INPUT.replace("rules: [{", "hostnames: [b.example]\n  rules: [{") + SERVICE;

    List<ObjectStatus> meanwhile =
        write(
            changed,
            wanted ->
                Fleets.of(
                    wanted,
                    but(
                        "",
                        wanted,
                        ResourceType.ROUTE_CONFIGURATION,
                        PORT_80,
                        version -> new Verdict.Accepted("an older one"))),
            T2);

    assertThat(route(meanwhile, "Accepted").observedGeneration()).isEqualTo(2);
    assertThat(route(meanwhile, "Ready").status()).isEqualTo(Condition.Status.TRUE);
    assertThat(route(meanwhile, "Ready").observedGeneration()).isEqualTo(1);

    List<ObjectStatus> afterwards = write(changed, Fleets::accepting, T3);
    assertThat(route(afterwards, "Ready").observedGeneration()).isEqualTo(2);
    assertThat(route(afterwards, "Ready").lastTransitionTime()).isEqualTo(T1);
  }

  @Test
  void aRejectionIsToldToTheGuiltyRouteAndNamesTheProxy() {
    List<ObjectStatus> statuses =
        write(
            INPUT + SERVICE,
            wanted ->
                Fleets.of(
                    wanted,
                    Fleets.accepting("east", wanted),
                    but(
                        "west",
                        wanted,
                        ResourceType.ROUTE_CONFIGURATION,
                        PORT_80,
                        version ->
                            new Verdict.Rejected(
                                version, "virtual_hosts[0].routes[0].match: too large", null))),
            T1);

    Condition ready = route(statuses, "Ready");
    assertThat(ready.reason()).isEqualTo("Invalid");
    assertThat(ready.message())
        .isEqualTo("proxy west rejects it: virtual_hosts[0].routes[0].match: too large");
    assertThat(condition(gateway(statuses).conditions(), "Ready").message()).contains("west");
  }

  @Test
  void anAddressThatOneOfTwoProxiesCannotBindStaysUsable() {
    GatewayStatus gateway =
        gateway(
            write(
                INPUT,
                wanted ->
                    Fleets.of(
                        wanted,
                        Fleets.accepting("east", wanted),
                        Fleets.unable(Fleets.accepting("west", wanted), CANNOT_BIND_80)),
                T1));

    assertThat(gateway.addresses()).hasSize(2);
    assertThat(condition(gateway.conditions(), "Programmed").status())
        .isEqualTo(Condition.Status.TRUE);
    assertThat(condition(gateway.conditions(), "Ready").reason()).isEqualTo("AddressNotUsable");
  }

  @Test
  void timesMoveOnlyWhenTheStatusOfAConditionChanges() {
    write(INPUT, StatusBookTest::nobody, T1);
    List<ObjectStatus> second = write(INPUT, Fleets::accepting, T2);
    List<ObjectStatus> third = write(INPUT + SERVICE, Fleets::accepting, T3);

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
    List<ObjectStatus> first = write(INPUT + SERVICE, Fleets::accepting, T1);

    assertThat(write(INPUT + SERVICE, Fleets::accepting, T2)).isEqualTo(first);
  }

  @Test
  void anObjectThatCameBackIsNew() {
    String withoutRoute = INPUT.substring(0, INPUT.lastIndexOf("---"));
    write(INPUT, Fleets::accepting, T1);
    write(withoutRoute, Fleets::accepting, T2);

    assertThat(resolvedRefs(write(INPUT, Fleets::accepting, T3)).lastTransitionTime())
        .isEqualTo(T3);
  }

  @Test
  void listsTheFeaturesInOrder() {
    GatewayClassStatus status =
        find(write(INPUT, StatusBookTest::nobody, T1), GatewayClassStatus.class);

    assertThat(status.supportedFeatures())
        .extracting(SupportedFeature::name)
        .containsExactly("Gateway", "HTTPRoute", "ReferenceGrant");
  }

  @Test
  void writesJson() {
    assertThat(StatusText.json(write(INPUT, StatusBookTest::nobody, T1)))
        .contains("\"lastTransitionTime\" : \"2026-01-01T00:00:01Z\"")
        .contains("\"controllerName\" : \"weir.dev/gateway-controller\"")
        .contains("\"status\" : \"False\"")
        .doesNotContain("null");
  }

  /** Status as of the proxies that {@code fleet} makes of what they are to run. */
  private List<ObjectStatus> write(
      String yaml, Function<Map<ObjectRef, XdsSnapshot>, Fleet> fleet, Instant now) {
    Resolution resolution =
        resolver.resolve(
            manifests.load(List.of(SourceText.of("test.yaml", yaml))).state(),
            States.options("HTTPRoute", "ReferenceGrant", "Gateway"));
    return book.write(
        resolution.report(),
        fleet.apply(new Translator(List.of()).translate(resolution.topology(), port -> List.of())),
        now);
  }

  private static Fleet nobody(Map<ObjectRef, XdsSnapshot> wanted) {
    return Fleets.of(wanted);
  }

  /** The only proxy says something else of the resource as it is wanted. */
  private static Function<Map<ObjectRef, XdsSnapshot>, Fleet> but(
      ResourceType type, String name, Function<String, Verdict> verdict) {
    return wanted -> Fleets.of(wanted, but("", wanted, type, name, verdict));
  }

  private static ProxyState but(
      String node,
      Map<ObjectRef, XdsSnapshot> wanted,
      ResourceType type,
      String name,
      Function<String, Verdict> verdict) {
    String version =
        Objects.requireNonNull(XdsSnapshot.union(wanted.values()).resources(type).get(name))
            .version();
    return Fleets.but(Fleets.accepting(node, wanted), type, name, verdict.apply(version));
  }

  private static GatewayStatus gateway(List<ObjectStatus> statuses) {
    return find(statuses, GatewayStatus.class);
  }

  private static Condition resolvedRefs(List<ObjectStatus> statuses) {
    return route(statuses, "ResolvedRefs");
  }

  private static Condition route(List<ObjectStatus> statuses, String type) {
    return condition(find(statuses, RouteStatus.class).parents().getFirst().conditions(), type);
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
