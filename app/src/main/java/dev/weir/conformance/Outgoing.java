package dev.weir.conformance;

import dev.weir.core.api.Bytes;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request to send.
 *
 * @param address to connect to
 * @param target as it goes on the wire
 * @param authority of the Host field or {@code :authority}
 * @param fields in their order; names may repeat
 * @param tls null: in plain text
 */
record Outgoing(
    String address,
    int port,
    Protocol protocol,
    String method,
    String target,
    String authority,
    List<Map.Entry<String, String>> fields,
    Bytes body,
    @Nullable ClientTls tls) {

  /** How to speak HTTP. */
  enum Protocol {
    /** Version 1.1. */
    HTTP1,
    /** Version 2: by ALPN with TLS, by prior knowledge without. */
    HTTP2;

    /** The protocol of a case's {@code request.protocol}. */
    static Protocol of(String name) {
      return switch (name) {
        case "HTTP", "HTTPS" -> HTTP1;
        case "H2", "H2C_PRIOR_KNOWLEDGE" -> HTTP2;
        default -> throw new IllegalArgumentException("no known protocol: " + name);
      };
    }
  }

  String scheme() {
    return tls == null ? "http" : "https";
  }
}
