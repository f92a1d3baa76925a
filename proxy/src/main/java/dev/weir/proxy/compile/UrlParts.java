package dev.weir.proxy.compile;

import dev.weir.core.filter.InvalidConfig;
import dev.weir.proxy.http.Authority;
import java.nio.charset.StandardCharsets;

/**
 * Checks parts of URLs that a configuration puts into request lines and locations. A blank or a
 * line end in one would make more than a part of it: another field, or another request.
 */
final class UrlParts {
  private UrlParts() {}

  /** A path from the root, without a query. */
  static String path(String path, FieldPath at) throws InvalidConfig {
    if (!path.startsWith("/")) {
      throw at.invalid("has to start with a slash");
    }
    return piece(path, at);
  }

  /** A piece of a path, or nothing. */
  static String piece(String piece, FieldPath at) throws InvalidConfig {
    for (int i = 0; i < piece.length(); i++) {
      char c = piece.charAt(i);
      if (c == '?' || c == '#') {
        throw at.invalid("a query or fragment is not implemented");
      }
      if (c <= ' ' || c > '~') {
        throw at.invalid("character " + (i + 1) + " has to be percent-encoded or removed");
      }
    }
    return piece;
  }

  /** A host with or without a port. */
  static String authority(String authority, FieldPath at) throws InvalidConfig {
    byte[] bytes = authority.getBytes(StandardCharsets.UTF_8);
    if (Authority.check(bytes, 0, bytes.length) != bytes.length) {
      throw at.invalid("has to be a host name or address, with or without a port");
    }
    return authority;
  }
}
