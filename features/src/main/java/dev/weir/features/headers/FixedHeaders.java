package dev.weir.features.headers;

import dev.weir.core.http.HeaderName;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The headers that filters must not touch, because the gateway reads or writes them itself. */
final class FixedHeaders {
  /** They delimit the message or belong to one connection (RFC 9110, section 7.6.1). */
  private static final Set<HeaderName> FRAMING =
      Set.of(
          HeaderName.CONNECTION,
          HeaderName.CONTENT_LENGTH,
          HeaderName.TRANSFER_ENCODING,
          HeaderName.TE,
          HeaderName.TRAILER,
          HeaderName.UPGRADE,
          HeaderName.KEEP_ALIVE,
          HeaderName.PROXY_CONNECTION,
          HeaderName.HTTP2_SETTINGS);

  private FixedHeaders() {}

  /** Why the header {@code name} cannot be changed and what to do, or null if it can. */
  static @Nullable String refusal(String name) {
    HeaderName header;
    try {
      header = HeaderName.of(name);
    } catch (IllegalArgumentException notAToken) {
      return notAToken.getMessage();
    }
    if (header.equals(HeaderName.HOST)) {
      return "Host is not changed as a header: use a URLRewrite filter with a hostname";
    }
    if (FRAMING.contains(header)) {
      return "\"" + name + "\" is kept right by the gateway and cannot be changed: remove it here";
    }
    return null;
  }
}
