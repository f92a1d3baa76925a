package dev.weir.features.headers;

import dev.weir.core.http.HeaderName;
import org.jspecify.annotations.Nullable;

/** The headers that filters must not touch, because the gateway reads or writes them itself. */
final class FixedHeaders {
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
    if (HeaderName.isFraming(header.id())) {
      return "\"" + name + "\" is kept right by the gateway and cannot be changed: remove it here";
    }
    return null;
  }
}
