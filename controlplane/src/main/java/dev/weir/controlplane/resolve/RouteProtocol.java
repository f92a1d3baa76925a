package dev.weir.controlplane.resolve;

import dev.weir.controlplane.topology.GatewayTopology.Transport;
import dev.weir.controlplane.topology.ResolvedBackend.AppProtocol;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a kind of route speaks to its backends. */
enum RouteProtocol {
  HTTP(Transport.TCP),
  GRPC(Transport.TCP),
  TCP(Transport.TCP),
  UDP(Transport.UDP);

  /** Values of {@code appProtocol} (KEP-3726, IANA, and what is usual), in lower case. */
  private static final Set<String> SOME_HTTP = Set.of("http", "https", "tcp", "tls");

  private static final Set<String> HTTP1 =
      Set.of("ws", "kubernetes.io/ws", "wss", "kubernetes.io/wss");
  private static final Set<String> HTTP2 =
      Set.of("kubernetes.io/h2c", "h2c", "h2", "http2", "grpc", "grpcs");
  private static final Set<String> INSIDE_TLS =
      Set.of("https", "wss", "kubernetes.io/wss", "tls", "grpcs", "h2");

  private final Transport transport;

  RouteProtocol(Transport transport) {
    this.transport = transport;
  }

  /** Which ports of a Service are meant. */
  Transport transport() {
    return transport;
  }

  /** How to speak to a port with that {@code appProtocol}; null if the route cannot. */
  @Nullable AppProtocol to(@Nullable String appProtocol) {
    String name = appProtocol == null ? "" : appProtocol.toLowerCase(Locale.ROOT);
    boolean some = name.isEmpty() || SOME_HTTP.contains(name);
    return switch (this) {
      case HTTP ->
          HTTP2.contains(name)
              ? AppProtocol.HTTP2
              : some || HTTP1.contains(name) ? AppProtocol.HTTP1 : null;
      case GRPC -> some || HTTP2.contains(name) ? AppProtocol.HTTP2 : null;
      case TCP, UDP -> AppProtocol.OPAQUE;
    };
  }

  /** Whether a port with that {@code appProtocol} can only be spoken to inside TLS. */
  boolean needsTls(@Nullable String appProtocol) {
    return switch (this) {
      case HTTP, GRPC ->
          appProtocol != null && INSIDE_TLS.contains(appProtocol.toLowerCase(Locale.ROOT));
      case TCP, UDP -> false;
    };
  }
}
