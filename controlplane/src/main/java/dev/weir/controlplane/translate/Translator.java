package dev.weir.controlplane.translate;

import dev.weir.controlplane.topology.Endpoint;
import dev.weir.controlplane.topology.GatewayTopology;
import dev.weir.controlplane.topology.GatewayTopology.ListenPort;
import dev.weir.controlplane.topology.ResolvedBackend.ServicePort;
import dev.weir.controlplane.topology.Topology;
import dev.weir.controlplane.translate.KnownClusters.Endpoints;
import dev.weir.core.filter.Feature;
import dev.weir.core.problem.ObjectRef;
import dev.weir.core.xds.XdsSnapshot;
import dev.weir.core.xds.XdsSnapshot.Resource;
import dev.weir.envoy.config.cluster.v3.Cluster;
import dev.weir.envoy.config.endpoint.v3.ClusterLoadAssignment;
import dev.weir.envoy.config.listener.v3.Listener;
import dev.weir.envoy.config.route.v3.RouteConfiguration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.Function;

/**
 * The stage between what gateways are to do and what a proxy runs. Equal topologies give equal
 * snapshots, versions included. An instance remembers what it wrote, so that a change costs what it
 * changes: keep one. It is not for concurrent use.
 */
public final class Translator {
  private final FilterCatalog filters;
  private final KnownHosts hosts = new KnownHosts();
  private final KnownClusters clusters = new KnownClusters();
  private final Assignments assignments = new Assignments();

  /** The last result. */
  private Map<ObjectRef, XdsSnapshot> known = Map.of();

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
      Topology topology, Function<ServicePort, ? extends List<Endpoint>> endpoints) {
    hosts.startRun();
    clusters.startRun();
    assignments.startRun(endpoints);
    SequencedMap<ObjectRef, XdsSnapshot> snapshots = new LinkedHashMap<>();
    for (GatewayTopology gateway : topology.gateways()) {
      XdsSnapshot before = known.getOrDefault(gateway.gateway(), XdsSnapshot.EMPTY);
      snapshots.put(gateway.gateway(), translate(gateway).keeping(before));
    }
    known = Map.copyOf(snapshots);
    return snapshots;
  }

  private XdsSnapshot translate(GatewayTopology gateway) {
    Map<String, Resource<Listener>> listeners = new HashMap<>();
    Map<String, Resource<RouteConfiguration>> routes = new HashMap<>();
    SecretTranslator secrets = new SecretTranslator();
    ClusterTranslator backends = new ClusterTranslator(gateway, secrets, clusters.before(gateway));
    ListenerTranslator translator =
        new ListenerTranslator(gateway, filters, backends, secrets, hosts);
    for (ListenPort port : gateway.ports()) {
      ListenerTranslator.PortXds xds = translator.translate(port);
      xds.listeners().forEach(l -> listeners.put(l.getName(), Messages.resource(l.getName(), l)));
      xds.routes().forEach(resource -> routes.put(resource.name(), resource));
    }
    clusters.keep(gateway, backends.clusters());
    Map<String, Resource<Cluster>> named = HashMap.newHashMap(backends.clusters().size());
    Map<String, Resource<ClusterLoadAssignment>> assigned = new HashMap<>();
    backends
        .clusters()
        .forEach((name, written) -> {
          named.put(name, written.cluster());
          switch (written.endpoints()) {
            case Endpoints.Inline inline -> {}
            case Endpoints.Fixed(var assignment) -> assigned.put(assignment.name(), assignment);
            case Endpoints.Ports(String assignment, ServicePort port) ->
                assigned.put(assignment, assignments.of(port));
          }
        });
    return new XdsSnapshot(listeners, routes, named, assigned, secrets.secrets());
  }

  /**
   * The same snapshots with new endpoints of Services: the short cut past everything else.
   *
   * @param endpoints of a Service port; empty if there are none
   */
  public SequencedMap<ObjectRef, XdsSnapshot> updateEndpoints(
      SequencedMap<ObjectRef, XdsSnapshot> before,
      Function<ServicePort, ? extends List<Endpoint>> endpoints) {
    assignments.startRun(endpoints);
    SequencedMap<ObjectRef, XdsSnapshot> snapshots = new LinkedHashMap<>(before);
    snapshots.replaceAll((gateway, snapshot) -> {
      Map<String, Resource<ClusterLoadAssignment>> assigned = new HashMap<>(snapshot.endpoints());
      assigned.replaceAll((name, old) -> {
        ServicePort port = EndpointTranslator.port(name);
        return port == null ? old : assignments.of(port);
      });
      return assigned.equals(snapshot.endpoints())
          ? snapshot
          : new XdsSnapshot(
              snapshot.listeners(),
              snapshot.routes(),
              snapshot.clusters(),
              assigned,
              snapshot.secrets());
    });
    known = Map.copyOf(snapshots);
    return snapshots;
  }

  /** The endpoints of Service ports, each written once for all gateways and until they change. */
  private static final class Assignments {
    private Function<ServicePort, ? extends List<Endpoint>> endpoints = port -> List.of();
    private Map<ServicePort, Written> previous = new HashMap<>();
    private Map<ServicePort, Written> current = new HashMap<>();

    private record Written(List<Endpoint> endpoints, Resource<ClusterLoadAssignment> assignment) {}

    void startRun(Function<ServicePort, ? extends List<Endpoint>> next) {
      endpoints = next;
      previous = current;
      current = HashMap.newHashMap(previous.size());
    }

    Resource<ClusterLoadAssignment> of(ServicePort port) {
      Written written = current.get(port);
      if (written == null) {
        List<Endpoint> all = endpoints.apply(port);
        Written before = previous.get(port);
        written =
            before != null && before.endpoints.equals(all)
                ? before
                : new Written(all, EndpointTranslator.translate(port, all));
        current.put(port, written);
      }
      return written.assignment;
    }
  }
}
