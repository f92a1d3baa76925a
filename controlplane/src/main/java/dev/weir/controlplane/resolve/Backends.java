package dev.weir.controlplane.resolve;

import dev.weir.controlplane.topology.BackendTls;
import dev.weir.controlplane.topology.GatewayTopology.Transport;
import dev.weir.controlplane.topology.ResolvedBackend;
import dev.weir.controlplane.topology.ResolvedBackend.AppProtocol;
import dev.weir.controlplane.topology.ResolvedBackend.Invalid;
import dev.weir.controlplane.topology.ResolvedBackend.ServicePort;
import dev.weir.core.api.KubeObject;
import dev.weir.core.api.gateway.BackendObjectReference;
import dev.weir.core.api.k8s.Service;
import dev.weir.core.api.weir.Backend;
import dev.weir.core.problem.ObjectRef;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Follows references to backends. A bad one becomes {@link Invalid} and a fault of the route. */
final class Backends {
  private final Lookup lookup;
  private final ReferenceGrants grants;
  private final BackendTlsPolicies policies;

  Backends(Lookup lookup, ReferenceGrants grants, BackendTlsPolicies policies) {
    this.lookup = lookup;
    this.grants = grants;
    this.policies = policies;
  }

  /** The backend of a reference in a route for HTTP. */
  ResolvedBackend resolve(
      BackendObjectReference reference,
      ObjectRef from,
      String path,
      AppProtocol usual,
      List<Fault> faults) {
    return resolve(reference, from, path, usual, Transport.TCP, faults);
  }

  /**
   * The backend of a reference.
   *
   * @param from the route that refers
   * @param path of the reference in it
   * @param usual what backends speak that do not say it
   * @param transport which ports of a Service are meant
   */
  ResolvedBackend resolve(
      BackendObjectReference reference,
      ObjectRef from,
      String path,
      AppProtocol usual,
      Transport transport,
      List<Fault> faults) {
    ObjectRef to =
        new ObjectRef(
            reference.group(),
            reference.kind(),
            reference.namespace() == null ? from.namespace() : reference.namespace(),
            reference.name());
    boolean service = isKind(to, Service.TYPE.kind().group(), Service.TYPE.kind().kind());
    if (!service && !isKind(to, Backend.GROUP, Backend.TYPE.kind().kind())) {
      return invalid(
          Fault.error(
              ConditionReason.INVALID_KIND,
              path,
              "%s%s is no kind of backend: refer to a Service, or to a Backend of group %s"
                  .formatted(
                      to.group().isEmpty() ? "" : to.group() + "/", to.kind(), Backend.GROUP)),
          faults);
    }
    if (!grants.permit(from, to)) {
      return invalid(
          Fault.dangling(
              ConditionReason.REF_NOT_PERMITTED, path, ReferenceGrants.missing(from, to)),
          faults);
    }
    int port = reference.port() == null ? 0 : reference.port();
    return service
        ? service(to, port, path, usual, transport, faults)
        : ownBackend(to, path, faults);
  }

  private static boolean isKind(ObjectRef ref, String group, String kind) {
    return ref.group().equals(group) && ref.kind().equals(kind);
  }

  private ResolvedBackend service(
      ObjectRef ref,
      int number,
      String path,
      AppProtocol usual,
      Transport transport,
      List<Fault> faults) {
    KubeObject<Service> service = lookup.find(Service.TYPE, ref.namespace(), ref.name());
    if (service == null) {
      return invalid(notFound(path, ref + " does not exist"), faults);
    }
    if (service.spec().type() == Service.Type.EXTERNAL_NAME) {
      // Whoever may write such a Service could reach any host through the gateway (CVE-2021-25740).
      return invalid(
          Fault.error(
              ConditionReason.INVALID_KIND,
              path,
              ref
                  + " is of type ExternalName, which is not safe to forward to: use a Backend of group "
                  + Backend.GROUP),
          faults);
    }
    Service.Port port = port(service.spec(), number, transport);
    if (port == null) {
      return invalid(
          notFound(
              path,
              "%s has no %s port %d, only %s"
                  .formatted(ref, transport, number, ports(service.spec()))),
          faults);
    }
    return servicePort(ref, port, path, usual, faults);
  }

  private ResolvedBackend servicePort(
      ObjectRef ref, Service.Port port, String path, AppProtocol usual, List<Fault> faults) {
    AppProtocol protocol = AppProtocols.of(port.appProtocol(), usual);
    if (protocol == null) {
      return invalid(
          Fault.error(
              ConditionReason.UNSUPPORTED_PROTOCOL,
              path,
              "port %d of %s speaks %s (appProtocol), which this kind of route cannot"
                  .formatted(port.port(), ref, port.appProtocol())),
          faults);
    }
    return switch (policies.effective(ref, port.name())) {
      case BackendTlsPolicies.None none when AppProtocols.needsTls(port.appProtocol()) ->
          invalid(
              Fault.dangling(
                  ConditionReason.UNSUPPORTED_PROTOCOL,
                  path,
                  "port %d of %s speaks %s (appProtocol): add a BackendTLSPolicy that says whom to trust"
                      .formatted(port.port(), ref, port.appProtocol())),
              faults);
      case BackendTlsPolicies.None none -> service(ref, port, protocol, null);
      case BackendTlsPolicies.Tls tls -> service(ref, port, protocol, tls.tls());
      // A fault of the policy, not of the route.
      case BackendTlsPolicies.Broken broken ->
          new Invalid(broken.reason().text(), broken.message());
    };
  }

  private static ResolvedBackend service(
      ObjectRef ref, Service.Port port, AppProtocol protocol, @Nullable BackendTls tls) {
    return new ResolvedBackend.Service(new ServicePort(ref, port.port()), protocol, tls);
  }

  private ResolvedBackend ownBackend(ObjectRef ref, String path, List<Fault> faults) {
    KubeObject<Backend> backend = lookup.find(Backend.TYPE, ref.namespace(), ref.name());
    if (backend == null) {
      return invalid(notFound(path, ref + " does not exist"), faults);
    }
    AppProtocol protocol =
        switch (backend.spec().protocol()) {
          case HTTP1 -> AppProtocol.HTTP1;
          case HTTP2 -> AppProtocol.HTTP2;
        };
    if (backend.spec().tls() == null) {
      return new ResolvedBackend.Static(backend, protocol, null);
    }
    return switch (policies.ofBackend(ref, backend.spec().tls())) {
      case BackendTlsPolicies.Tls tls -> new ResolvedBackend.Static(backend, protocol, tls.tls());
      case BackendTlsPolicies.Broken broken ->
          invalid(Fault.dangling(broken.reason(), path, broken.message()), faults);
      case BackendTlsPolicies.None none -> new ResolvedBackend.Static(backend, protocol, null);
    };
  }

  private static Service.@Nullable Port port(Service service, int number, Transport transport) {
    return service.ports().stream()
        .filter(port -> port.port() == number && port.protocol().equals(transport.name()))
        .findFirst()
        .orElse(null);
  }

  private static String ports(Service service) {
    return service.ports().isEmpty()
        ? "no port at all"
        : service.ports().stream()
            .map(port -> port.port() + "/" + port.protocol())
            .collect(Collectors.joining(", "));
  }

  private static Fault notFound(String path, String message) {
    return Fault.dangling(ConditionReason.BACKEND_NOT_FOUND, path, message);
  }

  private static Invalid invalid(Fault fault, List<Fault> faults) {
    faults.add(fault);
    return new Invalid(fault.reason().text(), fault.message());
  }
}
