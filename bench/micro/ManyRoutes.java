package dev.weir.bench;

import dev.weir.controlplane.decode.SourceText;
import dev.weir.controlplane.files.Manifests;
import dev.weir.controlplane.state.ClusterState;
import dev.weir.controlplane.state.StandardTypes;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/** A Gateway, 500 Services, and HTTPRoutes to them, ten for each hostname. */
final class ManyRoutes {
  static final String GATEWAY =
      """
      {apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, metadata: {name: public},
       spec: {gatewayClassName: weir, listeners: [{name: http, port: 80, protocol: HTTP}]}}
      """;

  private static final String CLASS =
      """
      {apiVersion: gateway.networking.k8s.io/v1, kind: GatewayClass, metadata: {name: weir},
       spec: {controllerName: weir.dev/gateway-controller}}
      """;

  private final List<SourceText> texts = new ArrayList<>();
  private final Manifests manifests = new Manifests(StandardTypes.ALL, InstantSource.system());
  private final ClusterState state;

  ManyRoutes(int routes) {
    texts.add(SourceText.of("class", CLASS));
    texts.add(SourceText.of("gateway", GATEWAY));
    for (int i = 0; i < 500; i++) {
      texts.add(SourceText.of("service " + i, service(i, 80)));
    }
    for (int i = 0; i < routes; i++) {
      texts.add(SourceText.of("route " + i, route(i, "/service" + i % 10)));
    }
    state = manifests.load(texts).state();
  }

  /** One for each object, a route last. */
  List<SourceText> texts() {
    return List.copyOf(texts);
  }

  ClusterState state() {
    return state;
  }

  /** The same with that object in place of the last one; what did not change stays the same. */
  ClusterState with(String object) {
    return replaced(texts.size() - 1, object);
  }

  /** The same with another Service. */
  ClusterState withService(String object) {
    return replaced(2, object);
  }

  private ClusterState replaced(int i, String object) {
    List<SourceText> changed = new ArrayList<>(texts);
    changed.set(i, SourceText.of(texts.get(i).name(), object));
    return manifests.load(changed).state();
  }

  static String service(int i, int port) {
    return "{apiVersion: v1, kind: Service, metadata: {name: s%d}, spec: {ports: [{port: %d}]}}"
        .formatted(i, port);
  }

  static String route(int i, String path) {
    return """
    {apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {name: r%d},
     spec: {parentRefs: [{name: public}], hostnames: [h%d.example.com],
      rules: [{matches: [{path: {value: %s}}], backendRefs: [{name: s%d, port: 80}]}]}}
    """
        .formatted(i, i / 10, path, i % 500);
  }
}
