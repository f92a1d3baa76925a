package dev.weir.controlplane.resolve;

import dev.weir.controlplane.state.ClusterState;
import dev.weir.controlplane.topology.Endpoint;
import dev.weir.controlplane.topology.ResolvedBackend.ServicePort;
import dev.weir.core.api.KubeObject;
import dev.weir.core.api.ObjectType;
import dev.weir.core.api.k8s.EndpointSlice;
import dev.weir.core.api.k8s.EndpointSlice.AddressType;
import dev.weir.core.api.k8s.EndpointSlice.Conditions;
import dev.weir.core.api.k8s.IntOrString;
import dev.weir.core.api.k8s.Service;
import dev.weir.core.api.k8s.ServiceImport;
import dev.weir.core.problem.ObjectRef;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The endpoints behind the ports of Services and ServiceImports, from EndpointSlices. It stands
 * beside {@link Resolver} so that endpoints, which change most, need not pass through it.
 *
 * <p>Taken are endpoints that are ready; if a port has none, those that still serve while they
 * terminate. Of the two address families of a Service with a selector, which both stand for the
 * same pods, one is taken: that of its first cluster IP, IPv4 if not known.
 */
public final class ServiceEndpoints {
  /** All that endpoints depend on. */
  private static final Set<ObjectType<?>> TYPES =
      Set.of(EndpointSlice.TYPE, Service.TYPE, ServiceImport.TYPE);

  /** What a port came to, and from what. */
  private record Known(Record service, List<EndpointSlice> slices, List<Endpoint> endpoints) {}

  private final ClusterState state;
  private final Map<ObjectRef, List<EndpointSlice>> slices = new HashMap<>();
  private final Map<ServicePort, Known> previous;
  private final Map<ServicePort, Known> known = new HashMap<>();

  /** The view of one state. */
  public ServiceEndpoints(ClusterState state) {
    this(state, Map.of());
  }

  private ServiceEndpoints(ClusterState whole, Map<ServicePort, Known> previous) {
    this.state = whole.only(TYPES);
    this.previous = previous;
    for (KubeObject<EndpointSlice> slice : state.objects(EndpointSlice.TYPE)) {
      String service = slice.meta().labels().get(EndpointSlice.SERVICE_LABEL);
      if (service != null) {
        add(Service.TYPE, slice, service);
      }
      String imported = slice.meta().labels().get(ServiceImport.SERVICE_LABEL);
      if (imported != null) {
        add(ServiceImport.TYPE, slice, imported);
      }
    }
  }

  /**
   * The view of another state. Ports of which nothing has changed have the same list of endpoints
   * as here.
   */
  public ServiceEndpoints of(ClusterState next) {
    return state.equalsIn(TYPES, next) ? this : new ServiceEndpoints(next, known);
  }

  private void add(ObjectType<?> owner, KubeObject<EndpointSlice> slice, String name) {
    slices
        .computeIfAbsent(Lookup.ref(owner, slice.ref().namespace(), name), ref -> new ArrayList<>())
        .add(slice.spec());
  }

  /** The endpoints of a port, without duplicates; empty if there are none, or no such Service. */
  @SuppressWarnings("ReferenceEquality") // an object that did not change is the same instance
  public List<Endpoint> of(ServicePort key) {
    Record service = service(key.service());
    List<EndpointSlice> all = slices.get(key.service());
    if (service == null || all == null) {
      return List.of();
    }
    Known before = known.getOrDefault(key, previous.get(key));
    Known now =
        before != null && before.service == service && same(before.slices, all)
            ? before
            : new Known(service, all, endpoints(key, ports(service), all));
    known.put(key, now);
    return now.endpoints;
  }

  @SuppressWarnings("ReferenceEquality") // an object that did not change is the same instance
  private static boolean same(List<EndpointSlice> ours, List<EndpointSlice> theirs) {
    if (ours.size() != theirs.size()) {
      return false;
    }
    for (int i = 0; i < ours.size(); i++) {
      if (ours.get(i) != theirs.get(i)) {
        return false;
      }
    }
    return true;
  }

  private static List<Endpoint> endpoints(
      ServicePort key, ServicePorts service, List<EndpointSlice> slices) {
    Service.Port port = service.port(key.port(), key.transport());
    if (port == null) {
      return List.of();
    }
    List<Endpoint> ready = endpoints(service, port, slices, ServiceEndpoints::isReady);
    return ready.isEmpty()
        ? endpoints(service, port, slices, ServiceEndpoints::servesWhileTerminating)
        : ready;
  }

  /** The spec of a Service or ServiceImport, or null. */
  private @Nullable Record service(ObjectRef ref) {
    KubeObject<?> found =
        ref.kind().equals(ServiceImport.TYPE.kind().kind())
            ? state.object(ServiceImport.TYPE, ref.namespace(), ref.name())
            : state.object(Service.TYPE, ref.namespace(), ref.name());
    return found == null ? null : found.spec();
  }

  private static ServicePorts ports(Record spec) {
    return spec instanceof ServiceImport imported
        ? ServicePorts.of(imported)
        : ServicePorts.of((Service) spec);
  }

  private static List<Endpoint> endpoints(
      ServicePorts service,
      Service.Port port,
      List<EndpointSlice> slices,
      Predicate<Conditions> take) {
    List<Endpoint> v4 = endpoints(AddressType.IPV4, port, slices, take);
    List<Endpoint> v6 = endpoints(AddressType.IPV6, port, slices, take);
    if (service.anyFamily()) {
      return Stream.concat(v4.stream(), v6.stream()).toList();
    }
    List<Endpoint> first = service.prefersV6() ? v6 : v4;
    return first.isEmpty() ? (service.prefersV6() ? v4 : v6) : first;
  }

  private static List<Endpoint> endpoints(
      AddressType family,
      Service.Port port,
      List<EndpointSlice> slices,
      Predicate<Conditions> take) {
    LinkedHashSet<Endpoint> endpoints = new LinkedHashSet<>();
    for (EndpointSlice slice : slices) {
      Integer target = slice.addressType() == family ? target(slice, port) : null;
      if (target == null) {
        continue;
      }
      for (EndpointSlice.Endpoint endpoint : slice.endpoints()) {
        if (take.test(endpoint.conditions())) {
          endpoints.add(new Endpoint(endpoint.addresses().getFirst(), target, endpoint.zone()));
        }
      }
    }
    return List.copyOf(endpoints);
  }

  /** The number of the pods' port that a slice has for a port of the Service, by its name. */
  private static @Nullable Integer target(EndpointSlice slice, Service.Port port) {
    String name = port.name() == null ? "" : port.name();
    for (EndpointSlice.Port candidate : slice.ports()) {
      if (candidate.name().equals(name) && candidate.protocol().equals(port.protocol())) {
        return candidate.port() != null ? candidate.port() : number(port);
      }
    }
    return null;
  }

  /** A slice for all ports leaves the number to the Service. */
  private static @Nullable Integer number(Service.Port port) {
    return switch (port.targetPort()) {
      case null -> port.port();
      case IntOrString.Int number -> number.value();
      case IntOrString.Text name -> null;
    };
  }

  private static boolean isReady(Conditions conditions) {
    return !Objects.equals(conditions.ready(), false);
  }

  private static boolean servesWhileTerminating(Conditions conditions) {
    return Objects.equals(conditions.serving(), true)
        && Objects.equals(conditions.terminating(), true);
  }
}
