package dev.weir.proxy.http;

import dev.weir.core.http.Fields;
import dev.weir.core.http.HeaderName;

/**
 * What may stand in a trailer section. Fields for framing, routing, authentication or the
 * connection have no business there (RFC 9110, section 6.5.1); a recipient that merged them with
 * the head would be fooled. They are dropped.
 */
public final class TrailerRules {
  private static final long FORBIDDEN =
      mask(
          HeaderName.HOST,
          HeaderName.CONNECTION,
          HeaderName.CONTENT_LENGTH,
          HeaderName.TRANSFER_ENCODING,
          HeaderName.TE,
          HeaderName.TRAILER,
          HeaderName.UPGRADE,
          HeaderName.EXPECT,
          HeaderName.KEEP_ALIVE,
          HeaderName.PROXY_CONNECTION,
          HeaderName.PROXY_AUTHENTICATE,
          HeaderName.PROXY_AUTHORIZATION,
          HeaderName.HTTP2_SETTINGS,
          HeaderName.X_FORWARDED_FOR,
          HeaderName.X_FORWARDED_PROTO,
          HeaderName.X_FORWARDED_HOST,
          HeaderName.X_FORWARDED_PORT,
          HeaderName.X_FORWARDED_CLIENT_CERT,
          HeaderName.FORWARDED,
          HeaderName.CONTENT_TYPE,
          HeaderName.COOKIE,
          HeaderName.AUTHORIZATION,
          HeaderName.LOCATION);

  private TrailerRules() {}

  /** Drops what must not be there. */
  public static void apply(Fields trailers) {
    for (int i = 0; i < trailers.slots(); i++) {
      if (trailers.isLive(i) && (FORBIDDEN >>> trailers.id(i) & 1) != 0) {
        trailers.remove(i);
      }
    }
  }

  /** A set of names by id. */
  public static long mask(HeaderName... names) {
    long mask = 0;
    for (HeaderName name : names) {
      mask |= 1L << name.id();
    }
    return mask;
  }
}
