package dev.weir.controlplane.translate;

import dev.weir.controlplane.topology.Endpoint;
import dev.weir.controlplane.topology.GatewayTopology;
import dev.weir.controlplane.topology.GatewayTopology.ListenPort;
import dev.weir.controlplane.topology.ResolvedBackend.ServicePort;
import dev.weir.controlplane.topology.Topology;
import dev.weir.core.filter.Feature;
import dev.weir.core.problem.ObjectRef;
import dev.weir.core.xds.XdsSnapshot;
import dev.weir.core.xds.XdsSnapshot.Resource;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
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
   * What the proxies of each gateway are to run.
   *
   * @param endpoints of a Service port; empty if there are none
   */
  public SequencedMap<ObjectRef, XdsSnapshot> translate(
      Topology topology, Function<ServicePort, ? extends Collection<Endpoint>> endpoints) {
    known.startRun();
    Assignments assignments = new Assignments(endpoints);
    SequencedMap<ObjectRef, XdsSnapshot> snapshots = new LinkedHashMap<>();
    for (GatewayTopology gateway : topology.gateways()) {
      snapshots.put(gateway.gateway(), translate(gateway, assignments));
    }
    return snapshots;
  }

  private XdsSnapshot translate(GatewayTopology gateway, Assignments services) {
    Map<String, Resource<Listener>> listeners = new TreeMap<>();
    Map<String, Resource<RouteConfiguration>> routes = new TreeMap<>();
    SecretTranslator secrets = new SecretTranslator();
    ClusterTranslator clusters = new ClusterTranslator(gateway, secrets);
    ListenerTranslator translator =
        new ListenerTranslator(gateway, filters, clusters, secrets, known);
    for (ListenPort port : gateway.ports()) {
      ListenerTranslator.PortXds xds = translator.translate(port);
      xds.listeners().forEach(l -> listeners.put(l.getName(), Messages.resource(l.getName(), l)));
      xds.routes().forEach(resource -> routes.put(resource.name(), resource));
    }
    Map<String, Resource<ClusterLoadAssignment>> assignments =
        new TreeMap<>(clusters.assignments());
    clusters.services().forEach((name, port) -> assignments.put(name, services.of(port)));
    return new XdsSnapshot(listeners, routes, clusters.clusters(), assignments, secrets.secrets());
  }

  /**
   * The same snapshots with new endpoints of Services: the short cut past everything else.
   *
   * @param endpoints of a Service port; empty if there are none
   */
  public SequencedMap<ObjectRef, XdsSnapshot> updateEndpoints(
      SequencedMap<ObjectRef, XdsSnapshot> before,
      Function<ServicePort, ? extends Collection<Endpoint>> endpoints) {
    Assignments services = new Assignments(endpoints);
    SequencedMap<ObjectRef, XdsSnapshot> snapshots = new LinkedHashMap<>(before);
    snapshots.replaceAll((gateway, snapshot) -> {
      Map<String, Resource<ClusterLoadAssignment>> assignments =
          new TreeMap<>(snapshot.endpoints());
      assignments.replaceAll((name, old) -> {
        ServicePort port = EndpointTranslator.port(name);
        return port == null ? old : services.of(port);
      });
      return assignments.equals(snapshot.endpoints())
          ? snapshot
          : new XdsSnapshot(
              snapshot.listeners(),
              snapshot.routes(),
              snapshot.clusters(),
              assignments,
              snapshot.secrets());
    });
    return snapshots;
  }

  /** The endpoints of Service ports, each written once for all gateways. */
  private static final class Assignments {
    private final Function<ServicePort, ? extends Collection<Endpoint>> endpoints;
    private final Map<ServicePort, Resource<ClusterLoadAssignment>> written = new HashMap<>();

    Assignments(Function<ServicePort, ? extends Collection<Endpoint>> endpoints) {
      this.endpoints = endpoints;
    }

    Resource<ClusterLoadAssignment> of(ServicePort port) {
      return written.computeIfAbsent(
          port, p -> EndpointTranslator.translate(p, endpoints.apply(p)));
    }
  }
}
