package dev.weir.controlplane.topology;

import dev.weir.controlplane.topology.GatewayTopology.Transport;
import dev.weir.core.api.KubeObject;
import dev.weir.core.api.weir.Backend;
import dev.weir.core.problem.ObjectRef;
import org.jspecify.annotations.Nullable;

/** What a {@code backendRef} leads to. */
public sealed interface ResolvedBackend {
  /**
   * A port of a Service that exists. Its endpoints travel apart; there may be none.
   *
   * @param tls how to speak TLS to it, or null for none
   * @param traffic what is asked for requests to it, or null for nothing
   */
  record Service(
      ServicePort port,
      AppProtocol protocol,
      @Nullable BackendTls tls,
      @Nullable BackendTraffic traffic)
      implements ResolvedBackend {}

  /**
   * Weir's own static, DNS or unix-socket backend.
   *
   * @param tls how to speak TLS to it, or null for none
   * @param traffic what is asked for requests to it, or null for nothing
   */
  record Static(
      KubeObject<Backend> backend,
      AppProtocol protocol,
      @Nullable BackendTls tls,
      @Nullable BackendTraffic traffic)
      implements ResolvedBackend {}

  /**
   * Nothing that may be used: its share of the requests is answered 500.
   *
   * @param reason as in the route's {@code ResolvedRefs} condition, e.g. {@code BackendNotFound}
   * @param message why, for people
   */
  record Invalid(String reason, String message) implements ResolvedBackend {}

  /**
   * A port of a Service, by which its endpoints are found. A Service can have the same number
   * twice, for connections and for datagrams.
   *
   * @param port the Service's port number, not the target's
   */
  record ServicePort(ObjectRef service, int port, Transport transport) {
    /** {@code Service/ns/name/80}, {@code Service/ns/name/53/udp}. */
    @Override
    public String toString() {
      return switch (transport) {
        case TCP -> service + "/" + port;
        case UDP -> service + "/" + port + "/udp";
      };
    }
  }

  /** What policies are for: a Service, ServiceImport or Backend; null if it is none. */
  default @Nullable ObjectRef object() {
    return switch (this) {
      case Service service -> service.port().service();
      case Static own -> own.backend().ref();
      case Invalid invalid -> null;
    };
  }

  /** What a policy asks for requests to it, or null. */
  default @Nullable BackendTraffic policy() {
    return switch (this) {
      case Service service -> service.traffic();
      case Static own -> own.traffic();
      case Invalid invalid -> null;
    };
  }

  /** How to speak to a backend, inside TLS or without it. */
  enum AppProtocol {
    /** HTTP/1.1, upgrades (WebSocket) included. */
    HTTP1,
    /** HTTP/2: by ALPN inside TLS, with prior knowledge without (h2c). */
    HTTP2,
    /** Bytes or datagrams as they come. */
    OPAQUE
  }
}
