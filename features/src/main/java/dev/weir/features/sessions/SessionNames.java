package dev.weir.features.sessions;

import dev.weir.core.http.HeaderName;
import org.jspecify.annotations.Nullable;

/** What cookies and headers that carry sessions may be called. */
final class SessionNames {
  private static final HeaderName SET_COOKIE = HeaderName.of("set-cookie");

  private SessionNames() {}

  /** Why that header cannot carry sessions and what to do, or null if it can. */
  static @Nullable String headerRefusal(String name) {
    HeaderName header;
    try {
      header = HeaderName.of(name);
    } catch (IllegalArgumentException notAToken) {
      return notAToken.getMessage();
    }
    return header.equals(HeaderName.HOST)
            || header.equals(HeaderName.COOKIE)
            || header.equals(SET_COOKIE)
            || HeaderName.isFraming(header.id())
        ? "\"" + name + "\" has a meaning of its own: choose another header, e.g. X-Session"
        : null;
  }

  /** Why a cookie cannot have that name and what to do, or null if it can (RFC 6265bis, 4.1.1). */
  static @Nullable String cookieRefusal(String name) {
    try {
      HeaderName.of(name);
      return null;
    } catch (IllegalArgumentException notAToken) {
      return "\"" + name + "\" is no name of a cookie: use letters, digits, '-' and '_'";
    }
  }

  /** Why a cookie cannot have that path and what to do, or null if it can (RFC 6265bis, 4.1.1). */
  static @Nullable String pathRefusal(String path) {
    if (!path.startsWith("/")) {
      return "\"" + path + "\" is no path: begin it with '/'";
    }
    for (int i = 0; i < path.length(); i++) {
      char c = path.charAt(i);
      if (c < ' ' || c > '~' || c == ';') {
        return "\"%s\" is no path of a cookie: percent-encode or remove character %d"
            .formatted(path, i + 1);
      }
    }
    return null;
  }
}
