package dev.weir.controlplane.translate;

import dev.weir.controlplane.topology.Endpoint;
import dev.weir.controlplane.topology.GatewayTopology;
import dev.weir.controlplane.topology.GatewayTopology.ListenPort;
import dev.weir.controlplane.topology.ResolvedBackend.ServicePort;
import dev.weir.controlplane.topology.Topology;
import dev.weir.core.filter.Feature;
import dev.weir.core.xds.XdsSnapshot;
import dev.weir.core.xds.XdsSnapshot.Resource;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * The stage between what gateways are to do and what a proxy runs. Equal topologies give equal
 * snapshots, versions included. An instance remembers the virtual hosts that it wrote, so that a
 * change costs what it changes: keep one. It is not for concurrent use.
 */
public final class Translator {
  private final FilterCatalog filters;
  private final KnownHosts known = new KnownHosts();

  /**
   * A translator.
   *
   * @param features whose route filters are understood
   */
  public Translator(List<Feature> features) {
    this.filters = new FilterCatalog(features);
  }

  /**
   * What one proxy is to run for all gateways of the topology.
   *
   * @param endpoints of a Service port; empty if there are none
   */
  public XdsSnapshot translate(
      Topology topology, Function<ServicePort, ? extends Collection<Endpoint>> endpoints) {
    known.startRun();
    Map<String, Resource<Listener>> listeners = new TreeMap<>();
    Map<String, Resource<RouteConfiguration>> routes = new TreeMap<>();
    SecretTranslator secrets = new SecretTranslator();
    ClusterTranslator clusters = new ClusterTranslator(secrets);
    for (GatewayTopology gateway : topology.gateways()) {
      ListenerTranslator translator =
          new ListenerTranslator(gateway, filters, clusters.of(gateway), secrets, known);
      for (ListenPort port : gateway.ports()) {
        ListenerTranslator.PortXds xds = translator.translate(port);
        xds.listeners().forEach(l -> listeners.put(l.getName(), Messages.resource(l.getName(), l)));
        xds.routes().forEach(resource -> routes.put(resource.name(), resource));
      }
    }
    Map<String, Resource<ClusterLoadAssignment>> assignments =
        new TreeMap<>(clusters.assignments());
    clusters
        .services()
        .forEach((name, port) ->
            assignments.put(name, EndpointTranslator.translate(port, endpoints.apply(port))));
    return new XdsSnapshot(listeners, routes, clusters.clusters(), assignments, secrets.secrets());
  }

  /**
   * The same snapshot with new endpoints of Services: the short cut past everything else.
   *
   * @param endpoints of a Service port; empty if there are none
   */
  public XdsSnapshot updateEndpoints(
      XdsSnapshot before, Function<ServicePort, ? extends Collection<Endpoint>> endpoints) {
    Map<String, Resource<ClusterLoadAssignment>> assignments = new TreeMap<>(before.endpoints());
    assignments.replaceAll((name, old) -> {
      ServicePort port = EndpointTranslator.port(name);
      return port == null ? old : EndpointTranslator.translate(port, endpoints.apply(port));
    });
    return new XdsSnapshot(
        before.listeners(), before.routes(), before.clusters(), assignments, before.secrets());
  }
}
