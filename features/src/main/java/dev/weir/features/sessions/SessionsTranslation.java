package dev.weir.features.sessions;

import com.google.protobuf.Duration;
import com.google.protobuf.Message;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.weir.core.api.gateway.SessionPersistence;
import dev.weir.core.api.gateway.SessionPersistence.Cookie;
import dev.weir.core.api.gateway.SessionPersistence.LifetimeType;
import dev.weir.core.filter.RouteFilter;
import dev.weir.core.xds.Packing;
import dev.weir.envoy.config.core.v3.TypedExtensionConfig;
import dev.weir.envoy.extensions.filters.http.stateful_session.v3.StatefulSession;
import dev.weir.envoy.extensions.filters.http.stateful_session.v3.StatefulSessionPerRoute;
import dev.weir.envoy.extensions.http.stateful_session.cookie.v3.CookieBasedSessionState;
import dev.weir.envoy.extensions.http.stateful_session.header.v3.HeaderBasedSessionState;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Sessions as Envoy's StatefulSession; what Envoy cannot say as {@link TimedSessions}. */
final class SessionsTranslation implements RouteFilter.ForBackends<SessionPersistence> {
  private static final int NAME_BYTES = 6;
  private static final int KEY_BYTES = 16;

  @Override
  public String type() {
    return "SessionPersistence";
  }

  @Override
  public Class<SessionPersistence> spec() {
    return SessionPersistence.class;
  }

  @Override
  public @Nullable String refusal(SessionPersistence sessions) {
    if (sessions.type() == SessionPersistence.Type.HEADER) {
      return SessionNames.headerRefusal(Objects.requireNonNull(sessions.header()).name());
    }
    Cookie cookie = Objects.requireNonNull(sessions.cookie());
    if (cookie.lifetimeType() == LifetimeType.PERMANENT && lifetime(sessions) == null) {
      return "a cookie cannot be permanent for no time: set a longer absoluteTimeout, or"
          + " lifetimeType: Session";
    }
    return SessionNames.pathRefusal(cookie.path());
  }

  @Override
  public void rule(SessionPersistence sessions, RuleXds out) {
    backend(sessions, out);
  }

  @Override
  public void backend(SessionPersistence sessions, FilterXds out) {
    out.filterConfig(
        SessionsFeature.FILTER,
        StatefulSessionPerRoute.newBuilder()
            .setStatefulSession(
                StatefulSession.newBuilder()
                    .setSessionState(
                        TypedExtensionConfig.newBuilder()
                            .setName("sessions/" + hash(out.gatewaySecret(), KEY_BYTES))
                            .setTypedConfig(Packing.packed(state(sessions, out.subject())))))
            .build());
  }

  private static Message state(SessionPersistence sessions, String subject) {
    java.time.Duration lifetime = lifetime(sessions);
    if (sessions.type() == SessionPersistence.Type.HEADER) {
      String name = Objects.requireNonNull(sessions.header()).name();
      return lifetime == null
          ? HeaderBasedSessionState.newBuilder().setName(name).build()
          : timed(TimedSessions.HEADER, struct(TimedSessions.NAME, text(name)), lifetime);
    }
    Cookie cookie = Objects.requireNonNull(sessions.cookie());
    String name =
        cookie.name() == null ? "weir-session-" + hash(subject, NAME_BYTES) : cookie.name();
    if (lifetime != null && cookie.lifetimeType() == LifetimeType.SESSION) {
      return timed(
          TimedSessions.COOKIE,
          struct(TimedSessions.NAME, text(name)).putFields(TimedSessions.PATH, text(cookie.path())),
          lifetime);
    }
    CookieBasedSessionState.Builder state = CookieBasedSessionState.newBuilder();
    state.getCookieBuilder().setName(name).setPath(cookie.path());
    if (lifetime != null) {
      state
          .getCookieBuilder()
          .setTtl(
              Duration.newBuilder().setSeconds(lifetime.getSeconds()).setNanos(lifetime.getNano()));
    }
    return state.build();
  }

  /** Null: without end. */
  private static java.time.@Nullable Duration lifetime(SessionPersistence sessions) {
    java.time.Duration timeout = sessions.absoluteTimeout();
    return timeout == null || timeout.isZero() ? null : timeout;
  }

  private static Struct timed(
      String carrier, Struct.Builder parameters, java.time.Duration lifetime) {
    return struct(carrier, Value.newBuilder().setStructValue(parameters).build())
        .putFields(
            TimedSessions.LIFETIME,
            Value.newBuilder().setNumberValue((double) lifetime.toMillis()).build())
        .build();
  }

  private static Struct.Builder struct(String field, Value value) {
    return Struct.newBuilder().putFields(field, value);
  }

  private static Value text(String text) {
    return Value.newBuilder().setStringValue(text).build();
  }

  private static String hash(String text, int bytes) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(hash, 0, bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
