package dev.weir.controller;

import dev.weir.controlplane.kube.ApiConnection;
import dev.weir.controlplane.kube.KubernetesTokenReview.ServiceAccount;
import dev.weir.core.problem.ObjectRef;
import dev.weir.core.xds.ProxyState;
import dev.weir.core.xds.ResourceKey;
import dev.weir.core.xds.ResourceType;
import dev.weir.core.xds.Verdict;
import dev.weir.core.xds.XdsSnapshot;
import dev.weir.envoy.config.route.v3.RouteConfiguration;
import dev.weir.envoy.config.route.v3.VirtualHost;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Proxies that run at once whatever they are told to; one serves all Gateways. */
final class FakeProxies implements XdsService {
  final List<Map<ObjectRef, XdsSnapshot>> published = new CopyOnWriteArrayList<>();
  private @Nullable Consumer<List<ProxyState>> answered;
  private volatile @Nullable String rejected;

  /** From now on the first route of a host is too much for them. */
  void reject(String host) {
    rejected = host;
  }

  XdsService start(
      ApiConnection api,
      Function<ServiceAccount, @Nullable String> serves,
      Supplier<@Nullable String> elsewhere,
      Consumer<List<ProxyState>> consumer) {
    answered = consumer;
    return this;
  }

  @Override
  public void publish(Map<ObjectRef, XdsSnapshot> gateways, Map<String, Set<ObjectRef>> classes) {
    published.add(gateways);
    Map<ResourceKey, Verdict> verdicts = new HashMap<>();
    for (XdsSnapshot snapshot : gateways.values()) {
      accept(ResourceType.LISTENER, snapshot.listeners(), verdicts);
      accept(ResourceType.ROUTE_CONFIGURATION, snapshot.routes(), verdicts);
      accept(ResourceType.CLUSTER, snapshot.clusters(), verdicts);
      accept(ResourceType.CLUSTER_LOAD_ASSIGNMENT, snapshot.endpoints(), verdicts);
      accept(ResourceType.SECRET, snapshot.secrets(), verdicts);
    }
    for (XdsSnapshot snapshot : gateways.values()) {
      snapshot.routes().values().forEach(routes -> complain(routes, verdicts));
    }
    Consumer<List<ProxyState>> told = answered;
    if (told != null) {
      told.accept(List.of(new ProxyState("node-a", gateways.keySet(), verdicts, List.of())));
    }
  }

  private void complain(
      XdsSnapshot.Resource<RouteConfiguration> routes, Map<ResourceKey, Verdict> verdicts) {
    List<VirtualHost> hosts = routes.message().getVirtualHostsList();
    for (int i = 0; i < hosts.size(); i++) {
      if (hosts.get(i).getDomainsList().contains(rejected)) {
        verdicts.put(
            new ResourceKey(ResourceType.ROUTE_CONFIGURATION, routes.name()),
            new Verdict.Rejected(
                routes.version(),
                "virtual_hosts[%d].routes[0].match: too much".formatted(i),
                "before"));
      }
    }
  }

  private static void accept(
      ResourceType type,
      Map<String, ? extends XdsSnapshot.Resource<?>> resources,
      Map<ResourceKey, Verdict> verdicts) {
    resources.forEach((name, resource) ->
        verdicts.put(new ResourceKey(type, name), new Verdict.Accepted(resource.version())));
  }

  @Override
  public void sendAway() {
    // They do not mind who leads.
  }

  @Override
  public InetSocketAddress address() {
    return InetSocketAddress.createUnresolved("nowhere", 0);
  }

  @Override
  public void close() {
    answered = null;
  }
}
