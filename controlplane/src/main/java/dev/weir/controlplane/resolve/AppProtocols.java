package dev.weir.controlplane.resolve;

import dev.weir.controlplane.topology.ResolvedBackend.AppProtocol;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What {@code appProtocol} of a Service port says to routes for HTTP (KEP-3726). */
final class AppProtocols {
  private static final Set<String> HTTP1 =
      Set.of("http", "ws", "kubernetes.io/ws", "https", "wss", "kubernetes.io/wss", "tcp", "tls");
  private static final Set<String> HTTP2 =
      Set.of("kubernetes.io/h2c", "h2c", "grpc", "http2", "grpcs", "h2");
  private static final Set<String> TLS =
      Set.of("https", "wss", "kubernetes.io/wss", "tls", "grpcs", "h2");

  private AppProtocols() {}

  /**
   * The protocol to speak, or null if routes for HTTP cannot speak it.
   *
   * @param usual the protocol if the Service says nothing, or only that it is some HTTP
   */
  static @Nullable AppProtocol of(@Nullable String appProtocol, AppProtocol usual) {
    if (appProtocol == null || appProtocol.isEmpty()) {
      return usual;
    }
    String name = appProtocol.toLowerCase(Locale.ROOT);
    if (HTTP2.contains(name)) {
      return AppProtocol.HTTP2;
    }
    return HTTP1.contains(name) ? usual : null;
  }

  /** Whether it can only be spoken inside TLS. */
  static boolean needsTls(@Nullable String appProtocol) {
    return appProtocol != null && TLS.contains(appProtocol.toLowerCase(Locale.ROOT));
  }
}
