package dev.weir.controlplane.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.UInt32Value;
import dev.weir.controlplane.Pipeline;
import dev.weir.controlplane.decode.SourceText;
import dev.weir.controlplane.files.Manifests;
import dev.weir.controlplane.resolve.AddressAllocation;
import dev.weir.controlplane.state.StandardTypes;
import dev.weir.core.xds.ResourceType;
import dev.weir.core.xds.XdsSnapshot;
import dev.weir.envoy.config.cluster.v3.Cluster;
import dev.weir.envoy.config.endpoint.v3.ClusterLoadAssignment;
import dev.weir.envoy.config.listener.v3.Listener;
import dev.weir.envoy.config.route.v3.Route;
import dev.weir.envoy.config.route.v3.RouteConfiguration;
import dev.weir.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import dev.weir.features.Features;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is left of a Gateway for clients of gRPC; that they take it, GrpcXdsClientsTest shows. */
class GrpcClientResourcesTest {
  private static final String OBJECTS =
      """
      apiVersion: gateway.networking.k8s.io/v1
      kind: GatewayClass
      metadata: {name: weir}
      spec: {controllerName: weir.dev/gateway-controller}
      ---
      apiVersion: gateway.networking.k8s.io/v1
      kind: Gateway
      metadata: {name: edge}
      spec:
        gatewayClassName: weir
        listeners:
        - {name: http, port: 8080, protocol: HTTP}
        - {name: wild, port: 9090, protocol: HTTP, hostname: "*.wild.com"}
      ---
      apiVersion: gateway.networking.k8s.io/v1
      kind: HTTPRoute
      metadata: {name: any}
      spec:
        parentRefs: [{name: edge}]
        hostnames: [a.wild.com, "*.wild.com", web.com]
        rules:
        - matches:
          - {path: {type: PathPrefix, value: "/a.b"}, method: POST, headers: [{name: x, value: y}]}
          - {path: {type: PathPrefix, value: "/get"}, method: GET}
          - {path: {type: PathPrefix, value: "/query"}, queryParams: [{name: a, value: b}]}
          timeouts: {request: 2s}
          backendRefs: [{name: web, port: 80, weight: 2}, {name: nobody, port: 80, weight: 1}]
        - matches: [{path: {type: PathPrefix, value: "/redirect"}}]
          filters: [{type: RequestRedirect, requestRedirect: {hostname: new.com}}]
      ---
      apiVersion: v1
      kind: Service
      metadata: {name: web}
      spec: {ports: [{name: web, port: 80}]}
      ---
      apiVersion: discovery.k8s.io/v1
      kind: EndpointSlice
      metadata: {name: web, labels: {kubernetes.io/service-name: web}}
      addressType: IPv4
      ports: [{name: web, port: 80}]
      endpoints:
      - {addresses: ["10.0.0.1"], zone: a}
      - {addresses: ["10.0.0.2"], zone: a}
      - {addresses: ["10.0.0.3"]}
      """;

  private final GrpcClientResources resources = new GrpcClientResources(snapshot());

  private static XdsSnapshot snapshot() {
    return new Pipeline(Features.ALL)
        .translate(
            new Manifests(StandardTypes.ALL, InstantSource.system())
                .load(List.of(SourceText.of("input", OBJECTS)))
                .state(),
            new AddressAllocation(Map.of(), List.of("127.0.0.1")))
        .snapshot();
  }

  private <M> M message(ResourceType type, String name, Class<M> message) {
    return message.cast(Objects.requireNonNull(resources.one(type, name)).message());
  }

  @ParameterizedTest
  @CsvSource({
    "web.com, 8080",
    "WEB.com, 8080",
    "web.com:8080, 8080",
    "web.com:9090, ",
    "b.wild.com, 8080",
    "b.wild.com:9090, 9090",
    "b.c.wild.com:9090, 9090",
    "other.com, 8080",
    "wild.com:9090, ",
    "web.com:http, ",
    "web.com:, ",
    "'', "
  })
  void aNameIsAListenerIfSomeListenerServesIt(String name, @Nullable String port) throws Exception {
    if (port == null) {
      assertThat(resources.one(ResourceType.LISTENER, name)).isNull();
      return;
    }
    Listener listener = message(ResourceType.LISTENER, name, Listener.class);
    HttpConnectionManager manager =
        listener.getApiListener().getApiListener().unpack(HttpConnectionManager.class);

    assertThat(listener.getName()).isEqualTo(name);
    assertThat(manager.getRds().getConfigSource().hasAds()).isTrue();
    assertThat(manager.getRds().getRouteConfigName())
        .isEqualTo("Gateway/default/edge/port/" + port);
    assertThat(manager.getHttpFiltersList())
        .extracting(filter -> filter.getName())
        .containsExactly("envoy.filters.http.router");
  }

  @Test
  void routesAreThoseThatACallCanMatchWithNothingElseInThem() {
    RouteConfiguration routes =
        message(
            ResourceType.ROUTE_CONFIGURATION,
            "Gateway/default/edge/port/8080",
            RouteConfiguration.class);

    assertThat(routes.getVirtualHostsList())
        .extracting(host -> String.join(" ", host.getDomainsList()))
        .contains("web.com web.com:8080", "*.wild.com *.wild.com:8080");
    List<Route> all = routes.getVirtualHosts(0).getRoutesList();
    assertThat(all).hasSize(2);
    Route first = all.getFirst();
    assertThat(first.getMatch().getSafeRegex().getRegex()).isEqualTo("/redirect(/.*)?");
    assertThat(first.getRoute().getCluster()).isEqualTo("invalid-backend");
    Route second = all.getLast();
    assertThat(second.getMatch().getSafeRegex().getRegex()).isEqualTo("/a\\.b(/.*)?");
    assertThat(second.getMatch().getHeadersList())
        .extracting(header -> header.getName())
        .containsExactly("x");
    assertThat(second.getRoute().getMaxStreamDuration().getMaxStreamDuration().getSeconds())
        .isEqualTo(2);
    assertThat(second.getRoute().getWeightedClusters().getClustersList())
        .extracting(cluster -> cluster.getName() + "=" + cluster.getWeight().getValue())
        .containsExactly("Service/default/web/80=2", "invalid-backend=1");
    assertThat(second.getTypedPerFilterConfigMap()).isEmpty();
  }

  @Test
  void aHostWithoutRoutesFailsAtOnce() {
    RouteConfiguration routes =
        message(
            ResourceType.ROUTE_CONFIGURATION,
            "Gateway/default/edge/port/8080",
            RouteConfiguration.class);

    assertThat(routes.getVirtualHostsList())
        .filteredOn(host -> host.getDomainsList().contains("*"))
        .singleElement()
        .satisfies(host -> {
          assertThat(host.getRoutes(0).getMatch().getPrefix()).isEqualTo("/");
          assertThat(host.getRoutes(0).getRoute().getCluster()).isEqualTo("invalid-backend");
        });
  }

  @Test
  void zonesHaveTheWeightOfTheirEndpoints() {
    ClusterLoadAssignment endpoints =
        message(
            ResourceType.CLUSTER_LOAD_ASSIGNMENT,
            "Service/default/web/80",
            ClusterLoadAssignment.class);

    assertThat(endpoints.getEndpointsList())
        .extracting(group -> group.getLoadBalancingWeight())
        .containsExactly(UInt32Value.of(1), UInt32Value.of(2));
    assertThat(endpoints.getEndpointsList()).allMatch(group -> group.hasLocality());
  }

  @Test
  void whatMustFailFailsAtOnce() {
    Cluster cluster = message(ResourceType.CLUSTER, "invalid-backend", Cluster.class);
    String assignment = cluster.getEdsClusterConfig().getServiceName();

    assertThat(
            message(ResourceType.CLUSTER_LOAD_ASSIGNMENT, assignment, ClusterLoadAssignment.class)
                .getEndpointsList())
        .isEmpty();
    assertThat(resources.one(ResourceType.CLUSTER, "nothing")).isNull();
    assertThat(resources.one(ResourceType.CLUSTER_LOAD_ASSIGNMENT, "nothing")).isNull();
  }
}
