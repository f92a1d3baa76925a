package dev.weir.controlplane.resolve;

import dev.weir.controlplane.topology.BackendTls;
import dev.weir.controlplane.topology.GatewayTopology.Transport;
import dev.weir.controlplane.topology.ResolvedBackend;
import dev.weir.controlplane.topology.ResolvedBackend.AppProtocol;
import dev.weir.controlplane.topology.ResolvedBackend.Invalid;
import dev.weir.controlplane.topology.ResolvedBackend.ServicePort;
import dev.weir.controlplane.topology.RuleFilter;
import dev.weir.controlplane.topology.WeightedBackend;
import dev.weir.core.api.KubeObject;
import dev.weir.core.api.ObjectType;
import dev.weir.core.api.gateway.BackendObjectReference;
import dev.weir.core.api.gateway.BackendRef;
import dev.weir.core.api.k8s.Service;
import dev.weir.core.api.k8s.ServiceImport;
import dev.weir.core.api.weir.Backend;
import dev.weir.core.problem.ObjectRef;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Follows references to backends. A bad one becomes {@link Invalid} and a fault of the route. */
final class Backends {
  private final Lookup lookup;
  private final ReferenceGrants grants;
  private final BackendTlsPolicies policies;
  private final BackendTrafficPolicies traffic;
  private final Certificates certificates;
  private final Map<ObjectRef, Set<ObjectRef>> referred = new HashMap<>();

  Backends(
      Lookup lookup,
      ReferenceGrants grants,
      BackendTlsPolicies policies,
      BackendTrafficPolicies traffic,
      Certificates certificates) {
    this.lookup = lookup;
    this.grants = grants;
    this.policies = policies;
    this.traffic = traffic;
    this.certificates = certificates;
  }

  /**
   * The backend of a reference.
   *
   * @param from the route that refers
   * @param path of the reference in it
   */
  ResolvedBackend resolve(
      BackendObjectReference reference,
      ObjectRef from,
      String path,
      RouteProtocol protocol,
      List<Fault> faults) {
    ObjectRef to =
        new ObjectRef(
            reference.group(),
            reference.kind(),
            reference.namespace() == null ? from.namespace() : reference.namespace(),
            reference.name());
    boolean own = isKind(to, Backend.TYPE);
    if (!own && !isKind(to, Service.TYPE) && !isKind(to, ServiceImport.TYPE)) {
      return invalid(
          Fault.error(
              ConditionReason.INVALID_KIND,
              path,
              "%s%s is no kind of backend: refer to a Service, a ServiceImport of group %s, or a Backend of group %s"
                  .formatted(
                      to.group().isEmpty() ? "" : to.group() + "/",
                      to.kind(),
                      ServiceImport.TYPE.kind().group(),
                      Backend.GROUP)),
          faults);
    }
    if (!grants.permit(from, to)) {
      return invalid(
          Fault.dangling(
              ConditionReason.REF_NOT_PERMITTED, path, ReferenceGrants.missing(from, to)),
          faults);
    }
    int port = reference.port() == null ? 0 : reference.port();
    referred.computeIfAbsent(from, route -> new LinkedHashSet<>()).add(to);
    return own ? ownBackend(to, path, protocol, faults) : service(to, port, path, protocol, faults);
  }

  /**
   * The Services, ServiceImports and Backends to which a route that was just resolved refers and
   * may refer, whether or not they exist. Tells it once.
   */
  Set<ObjectRef> takeReferred(ObjectRef route) {
    Set<ObjectRef> backends = referred.remove(route);
    return backends == null ? Set.of() : Set.copyOf(backends);
  }

  /** An entry of a rule's {@code backendRefs}. */
  WeightedBackend weighted(
      BackendRef ref, int index, List<RuleFilter> filters, RuleFindings findings) {
    ResolvedBackend backend =
        resolve(
            ref.target(),
            findings.route(),
            findings.path("backendRefs[" + index + "]"),
            findings.protocol(),
            findings.references());
    Invalid unguarded = Filters.unguarded(filters);
    return unguarded == null
        ? new WeightedBackend(index, backend, ref.weight(), filters)
        : new WeightedBackend(index, unguarded, ref.weight(), List.of());
  }

  private static boolean isKind(ObjectRef ref, ObjectType<?> type) {
    return ref.group().equals(type.kind().group()) && ref.kind().equals(type.kind().kind());
  }

  private ResolvedBackend service(
      ObjectRef ref, int number, String path, RouteProtocol protocol, List<Fault> faults) {
    ServicePorts service;
    if (isKind(ref, ServiceImport.TYPE)) {
      KubeObject<ServiceImport> found =
          lookup.find(ServiceImport.TYPE, ref.namespace(), ref.name());
      service = found == null ? null : ServicePorts.of(found.spec());
    } else {
      KubeObject<Service> found = lookup.find(Service.TYPE, ref.namespace(), ref.name());
      if (found != null && found.spec().type() == Service.Type.EXTERNAL_NAME) {
        // Whoever may write it could reach any host through the gateway (CVE-2021-25740).
        return invalid(
            Fault.error(
                ConditionReason.INVALID_KIND,
                path,
                ref
                    + " is of type ExternalName, which is not safe to forward to: use a Backend of"
                    + " group "
                    + Backend.GROUP),
            faults);
      }
      service = found == null ? null : ServicePorts.of(found.spec());
    }
    if (service == null) {
      return invalid(notFound(path, ref + " does not exist"), faults);
    }
    Service.Port port = service.port(number, protocol.transport());
    if (port == null) {
      return invalid(
          notFound(
              path,
              "%s has no %s port %d, only %s"
                  .formatted(ref, protocol.transport(), number, service.text())),
          faults);
    }
    return servicePort(ref, port, path, protocol, faults);
  }

  private ResolvedBackend servicePort(
      ObjectRef ref, Service.Port port, String path, RouteProtocol protocol, List<Fault> faults) {
    AppProtocol spoken = protocol.to(port.appProtocol());
    if (spoken == null) {
      return invalid(
          Fault.error(
              ConditionReason.UNSUPPORTED_PROTOCOL,
              path,
              "port %d of %s speaks %s (appProtocol), which this kind of route cannot"
                  .formatted(port.port(), ref, port.appProtocol())),
          faults);
    }
    BackendTlsPolicies.Policy policy = policies.effective(ref, port.name());
    if (policy != null) {
      if (!policies.claimed()) {
        return invalid(
            Fault.error(
                ConditionReason.UNSUPPORTED_VALUE,
                path,
                "%s asks for TLS to %s, which is not supported"
                    .formatted(policy.object().ref(), ref)),
            faults);
      }
      if (protocol.transport() == Transport.UDP) {
        return invalid(noDtls(path, policy.object().ref() + " asks for TLS to " + ref), faults);
      }
      Fault obstacle = policies.obstacle(policy);
      // It is a fault of the policy, not of the route.
      return obstacle != null
          ? new Invalid(obstacle.reason().text(), policy.object().ref() + ": " + obstacle.text())
          : service(ref, port, spoken, policy.demand().tls());
    }
    return protocol.needsTls(port.appProtocol())
        ? invalid(
            Fault.dangling(
                ConditionReason.UNSUPPORTED_PROTOCOL,
                path,
                "port %d of %s speaks %s (appProtocol): add a BackendTLSPolicy that says whom to trust"
                    .formatted(port.port(), ref, port.appProtocol())),
            faults)
        : service(ref, port, spoken, null);
  }

  private ResolvedBackend service(
      ObjectRef ref, Service.Port port, AppProtocol protocol, @Nullable BackendTls tls) {
    return new ResolvedBackend.Service(
        new ServicePort(ref, port.port(), Transport.valueOf(port.protocol())),
        protocol,
        tls,
        traffic.effective(ref));
  }

  private static Fault noDtls(String path, String demand) {
    return Fault.error(
        ConditionReason.UNSUPPORTED_PROTOCOL, path, demand + ", which datagrams cannot have");
  }

  private ResolvedBackend ownBackend(
      ObjectRef ref, String path, RouteProtocol route, List<Fault> faults) {
    KubeObject<Backend> backend = lookup.find(Backend.TYPE, ref.namespace(), ref.name());
    if (backend == null) {
      return invalid(notFound(path, ref + " does not exist"), faults);
    }
    AppProtocol protocol =
        switch (route) {
          case HTTP, GRPC ->
              switch (backend.spec().protocol()) {
                case HTTP1 -> AppProtocol.HTTP1;
                case HTTP2 -> AppProtocol.HTTP2;
              };
          case TCP, UDP -> AppProtocol.OPAQUE;
        };
    if (route.transport() == Transport.UDP && backend.spec().tls() != null) {
      return invalid(noDtls(path, ref + " asks for TLS"), faults);
    }
    if (route == RouteProtocol.GRPC && protocol == AppProtocol.HTTP1) {
      return invalid(
          Fault.error(
              ConditionReason.UNSUPPORTED_PROTOCOL,
              path,
              "%s speaks HTTP/1.1, and gRPC needs HTTP/2: set its spec.protocol to HTTP2"
                  .formatted(ref)),
          faults);
    }
    if (route.transport() == Transport.UDP && hasUnixSocket(backend.spec())) {
      return invalid(
          Fault.error(
              ConditionReason.UNSUPPORTED_PROTOCOL,
              path,
              ref + " has a unix socket, which takes no datagrams: use another Backend"),
          faults);
    }
    if (backend.spec().tls() == null) {
      return new ResolvedBackend.Static(backend, protocol, null, traffic.effective(ref));
    }
    TlsDemand demand = TlsDemand.of(ref, backend.spec().tls(), ref + ": spec.tls", certificates);
    return demand.tls() == null
        ? invalid(
            Fault.dangling(
                demand.faults().getFirst().reason(), path, Statement.text(demand.faults())),
            faults)
        : new ResolvedBackend.Static(backend, protocol, demand.tls(), traffic.effective(ref));
  }

  private static boolean hasUnixSocket(Backend backend) {
    return backend.groups().stream()
        .flatMap(group -> group.endpoints().stream())
        .anyMatch(endpoint -> endpoint.unix() != null);
  }

  private static Fault notFound(String path, String message) {
    return Fault.dangling(ConditionReason.BACKEND_NOT_FOUND, path, message);
  }

  private static Invalid invalid(Fault fault, List<Fault> faults) {
    faults.add(fault);
    return new Invalid(fault.reason().text(), fault.message());
  }
}
