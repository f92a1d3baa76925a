package dev.weir.features.sessions;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import com.google.protobuf.Value.KindCase;
import dev.weir.core.filter.CompiledFilter;
import dev.weir.core.filter.InvalidConfig;
import dev.weir.core.http.HeaderName;
import dev.weir.envoy.config.core.v3.TypedExtensionConfig;
import dev.weir.envoy.extensions.filters.http.stateful_session.v3.StatefulSession;
import dev.weir.envoy.extensions.filters.http.stateful_session.v3.StatefulSessionPerRoute;
import dev.weir.envoy.extensions.http.stateful_session.cookie.v3.CookieBasedSessionState;
import dev.weir.envoy.extensions.http.stateful_session.header.v3.HeaderBasedSessionState;
import dev.weir.envoy.type.http.v3.Cookie;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Makes a {@link SessionFilter} of Envoy's StatefulSession. */
final class SessionsCompiler {
  private static final long LONGEST_MILLIS = TimeUnit.DAYS.toMillis(36_500);

  private SessionsCompiler() {}

  /** The sessions of a route, which has its own or the listener's; null if none. */
  static @Nullable CompiledFilter compile(StatefulSession listener, StatefulSessionPerRoute route)
      throws InvalidConfig {
    return switch (route.getOverrideCase()) {
      case DISABLED -> {
        if (!route.getDisabled()) {
          throw new InvalidConfig("disabled", "can only be true");
        }
        yield null;
      }
      case STATEFUL_SESSION -> compile(route.getStatefulSession(), "stateful_session.");
      case OVERRIDE_NOT_SET -> compile(listener, "");
    };
  }

  private static @Nullable CompiledFilter compile(StatefulSession session, String path)
      throws InvalidConfig {
    if (!session.hasSessionState()) {
      return null;
    }
    TypedExtensionConfig state = session.getSessionState();
    String at = path + "session_state";
    if (state.getName().isEmpty()) {
      throw new InvalidConfig(
          at + ".name", "must not be empty: the key of the tokens is made of it");
    }
    SessionKey key = SessionKey.of(state.getName());
    Any config = state.getTypedConfig();
    String configAt = at + ".typed_config";
    if (config.is(CookieBasedSessionState.class)) {
      Cookie cookie = unpack(config, CookieBasedSessionState.class, configAt).getCookie();
      long lifetime = millis(cookie.getTtl(), configAt + ".cookie.ttl");
      return new SessionFilter(
          key,
          cookie(
              cookie.getName(),
              cookie.getPath(),
              TimeUnit.MILLISECONDS.toSeconds(lifetime + 999),
              configAt + ".cookie"),
          lifetime);
    }
    if (config.is(HeaderBasedSessionState.class)) {
      String name = unpack(config, HeaderBasedSessionState.class, configAt).getName();
      return new SessionFilter(key, header(name, configAt + ".name"), 0);
    }
    if (config.is(Struct.class)) {
      return timed(key, unpack(config, Struct.class, configAt), configAt);
    }
    throw new InvalidConfig(
        configAt,
        "has to be a CookieBasedSessionState, a HeaderBasedSessionState or a Struct, not \""
            + config.getTypeUrl()
            + "\"");
  }

  // --- cookies and headers
  // -------------------------------------------------------------------------

  private static SessionCarrier cookie(String name, String path, long maxAgeSeconds, String at)
      throws InvalidConfig {
    refuse(SessionNames.cookieRefusal(name), at + ".name");
    if (!path.isEmpty()) {
      refuse(SessionNames.pathRefusal(path), at + ".path");
    }
    return new SessionCarrier.Cookie(name, path, maxAgeSeconds);
  }

  private static SessionCarrier header(String name, String at) throws InvalidConfig {
    refuse(SessionNames.headerRefusal(name), at);
    return new SessionCarrier.Header(HeaderName.of(name));
  }

  private static void refuse(@Nullable String refusal, String at) throws InvalidConfig {
    if (refusal != null) {
      throw new InvalidConfig(at, refusal);
    }
  }

  /** Rounded up; 0 for no end. */
  private static long millis(Duration duration, String at) throws InvalidConfig {
    if (duration.getSeconds() < 0
        || duration.getNanos() < 0
        || duration.getNanos() > 999_999_999
        || duration.getSeconds() > TimeUnit.MILLISECONDS.toSeconds(LONGEST_MILLIS)) {
      throw new InvalidConfig(at, "has to be between 0s and 100 years");
    }
    return TimeUnit.SECONDS.toMillis(duration.getSeconds())
        + (duration.getNanos() + 999_999) / 1_000_000;
  }

  // --- sessions that the gateway ends
  // --------------------------------------------------------------

  private static SessionFilter timed(SessionKey key, Struct struct, String at)
      throws InvalidConfig {
    Value lifetime = value(struct, TimedSessions.LIFETIME, KindCase.NUMBER_VALUE, at);
    double millis = lifetime.getNumberValue();
    if (!(millis >= 1 && millis <= LONGEST_MILLIS)) {
      throw new InvalidConfig(
          at + "." + TimedSessions.LIFETIME, "has to be between 1 ms and 100 years");
    }
    SessionCarrier carrier;
    if (struct.containsFields(TimedSessions.HEADER)) {
      only(struct, Set.of(TimedSessions.HEADER, TimedSessions.LIFETIME), at);
      String headerAt = at + "." + TimedSessions.HEADER;
      Struct header = part(struct, TimedSessions.HEADER, at);
      only(header, Set.of(TimedSessions.NAME), headerAt);
      carrier =
          header(text(header, TimedSessions.NAME, headerAt), headerAt + "." + TimedSessions.NAME);
    } else {
      only(struct, Set.of(TimedSessions.COOKIE, TimedSessions.LIFETIME), at);
      String cookieAt = at + "." + TimedSessions.COOKIE;
      Struct cookie = part(struct, TimedSessions.COOKIE, at);
      only(cookie, Set.of(TimedSessions.NAME, TimedSessions.PATH), cookieAt);
      carrier =
          cookie(
              text(cookie, TimedSessions.NAME, cookieAt),
              text(cookie, TimedSessions.PATH, cookieAt),
              0,
              cookieAt);
    }
    return new SessionFilter(key, carrier, (long) millis);
  }

  private static Struct part(Struct struct, String field, String at) throws InvalidConfig {
    return value(struct, field, KindCase.STRUCT_VALUE, at).getStructValue();
  }

  private static String text(Struct struct, String field, String at) throws InvalidConfig {
    return value(struct, field, KindCase.STRING_VALUE, at).getStringValue();
  }

  private static Value value(Struct struct, String field, KindCase kind, String at)
      throws InvalidConfig {
    Value value = struct.getFieldsOrDefault(field, Value.getDefaultInstance());
    if (value.getKindCase() != kind) {
      throw new InvalidConfig(at + "." + field, "has to be there, as a " + kind);
    }
    return value;
  }

  private static void only(Struct struct, Set<String> fields, String at) throws InvalidConfig {
    for (String field : struct.getFieldsMap().keySet()) {
      if (!fields.contains(field)) {
        throw new InvalidConfig(at + "." + field, "is not known");
      }
    }
  }

  private static <M extends Message> M unpack(Any any, Class<M> type, String at)
      throws InvalidConfig {
    try {
      return any.unpack(type);
    } catch (InvalidProtocolBufferException e) {
      throw new InvalidConfig(at, "is no valid " + type.getSimpleName() + ": " + e.getMessage());
    }
  }
}
