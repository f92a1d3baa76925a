package dev.weir.features.sessions;

/**
 * Sessions that the gateway ends although the client keeps the token, which Envoy cannot say: names
 * of a {@code google.protobuf.Struct}.
 */
final class TimedSessions {
  /** Holds {@link #NAME} and {@link #PATH}; or there is {@link #HEADER}. */
  static final String COOKIE = "cookie";

  /** Holds {@link #NAME}. */
  static final String HEADER = "header";

  static final String NAME = "name";
  static final String PATH = "path";

  /** Milliseconds from the first response. */
  static final String LIFETIME = "lifetime_ms";

  private TimedSessions() {}
}
