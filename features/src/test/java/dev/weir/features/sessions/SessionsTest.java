package dev.weir.features.sessions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Any;
import com.google.protobuf.Message;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.weir.core.api.gateway.SessionPersistence;
import dev.weir.core.api.gateway.SessionPersistence.Cookie;
import dev.weir.core.api.gateway.SessionPersistence.Header;
import dev.weir.core.api.gateway.SessionPersistence.LifetimeType;
import dev.weir.core.filter.InvalidConfig;
import dev.weir.core.filter.Sessions;
import dev.weir.core.http.Fields;
import dev.weir.core.http.HeaderName;
import dev.weir.core.http.RequestHead;
import dev.weir.core.http.ResponseHead;
import dev.weir.envoy.config.core.v3.TypedExtensionConfig;
import dev.weir.envoy.extensions.filters.http.stateful_session.v3.StatefulSession;
import dev.weir.envoy.extensions.filters.http.stateful_session.v3.StatefulSessionPerRoute;
import dev.weir.envoy.extensions.http.stateful_session.cookie.v3.CookieBasedSessionState;
import dev.weir.envoy.extensions.http.stateful_session.header.v3.HeaderBasedSessionState;
import dev.weir.features.RuleXdsRecorder;
import java.time.Duration;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** From the API to what clients get and bring back. */
class SessionsTest {
  private static final SessionsTranslation TRANSLATION = new SessionsTranslation();
  private static final long NOW = 1_767_225_600_123L;

  private static SessionPersistence cookie(
      @Nullable Duration timeout, LifetimeType lifetime, @Nullable String name, String path) {
    return new SessionPersistence(
        SessionPersistence.Type.COOKIE, timeout, new Cookie(lifetime, name, path), null);
  }

  private static SessionPersistence cookie(@Nullable Duration timeout, LifetimeType lifetime) {
    return cookie(timeout, lifetime, "id", "/");
  }

  private static SessionPersistence header(String name, @Nullable Duration timeout) {
    return new SessionPersistence(SessionPersistence.Type.HEADER, timeout, null, new Header(name));
  }

  private static StatefulSessionPerRoute translated(SessionPersistence spec) {
    assertThat(TRANSLATION.refusal(spec)).isNull();
    RuleXdsRecorder out = new RuleXdsRecorder("/");
    TRANSLATION.rule(spec, out);
    return out.filterConfig(SessionsFeature.FILTER, StatefulSessionPerRoute.class);
  }

  private static <M extends Message> M state(SessionPersistence spec, Class<M> type)
      throws Exception {
    return translated(spec).getStatefulSession().getSessionState().getTypedConfig().unpack(type);
  }

  private static Sessions sessions(SessionPersistence spec) throws InvalidConfig {
    return (Sessions)
        Objects.requireNonNull(
            SessionsCompiler.compile(StatefulSession.getDefaultInstance(), translated(spec)));
  }

  private static RequestHead request(String... fields) {
    RequestHead head = new RequestHead(new Fields(64));
    for (int i = 0; i < fields.length; i += 2) {
      head.fields().add(HeaderName.of(fields[i]), fields[i + 1]);
    }
    return head;
  }

  /** The field that begins a session. */
  private static String begun(Sessions sessions, long endpoint, boolean secure) {
    ResponseHead head = new ResponseHead(new Fields(64));
    sessions.begin(head, endpoint, secure, NOW);
    return head.fields().toString().strip();
  }

  private static String token(Sessions sessions, long endpoint) {
    String field = begun(sessions, endpoint, false);
    int start = Math.max(field.indexOf('='), field.indexOf(": ") + 1) + 1;
    return field.substring(start, start + SessionToken.LENGTH);
  }

  // --- xDS -------------------------------------------------------------------------------------

  @Test
  void writesCookiesAsEnvoyKnowsThem() throws Exception {
    CookieBasedSessionState untilClosed =
        state(cookie(null, LifetimeType.SESSION), CookieBasedSessionState.class);
    assertThat(untilClosed.getCookie().getName()).isEqualTo("id");
    assertThat(untilClosed.getCookie().getPath()).isEqualTo("/");
    assertThat(untilClosed.getCookie().hasTtl()).isFalse();

    CookieBasedSessionState permanent =
        state(
            cookie(Duration.ofMinutes(90), LifetimeType.PERMANENT), CookieBasedSessionState.class);
    assertThat(permanent.getCookie().getTtl().getSeconds()).isEqualTo(5400);
  }

  @Test
  void writesHeadersAsEnvoyKnowsThem() throws Exception {
    assertThat(state(header("X-Session", null), HeaderBasedSessionState.class).getName())
        .isEqualTo("X-Session");
  }

  @Test
  void writesWhatEnvoyCannotSayAsAStruct() throws Exception {
    Struct cookie = state(cookie(Duration.ofSeconds(2), LifetimeType.SESSION), Struct.class);
    assertThat(cookie.getFieldsOrThrow("lifetime_ms").getNumberValue()).isEqualTo(2000);
    assertThat(cookie.getFieldsOrThrow("cookie").getStructValue().getFieldsMap())
        .containsOnlyKeys("name", "path");
    Struct header = state(header("X-Session", Duration.ofMillis(1500)), Struct.class);
    assertThat(header.getFieldsOrThrow("lifetime_ms").getNumberValue()).isEqualTo(1500);
    assertThat(
            header
                .getFieldsOrThrow("header")
                .getStructValue()
                .getFieldsOrThrow("name")
                .getStringValue())
        .isEqualTo("X-Session");
  }

  @Test
  void givesCookiesWithoutANameOneOfTheirRule() throws Exception {
    SessionPersistence spec = cookie(null, LifetimeType.SESSION, null, "/");
    assertThat(state(spec, CookieBasedSessionState.class).getCookie().getName())
        .matches("weir-session-[0-9a-f]{12}");
  }

  @Test
  void keepsTheGatewaysSecretToItself() {
    String name =
        translated(cookie(null, LifetimeType.SESSION))
            .getStatefulSession()
            .getSessionState()
            .getName();
    assertThat(name).matches("sessions/[0-9a-f]{32}").doesNotContain("secret");
  }

  @ParameterizedTest
  @CsvSource({
    "Permanent for no time, PERMANENT, PT0S, /, longer absoluteTimeout",
    "a path that is none, SESSION, , cart, begin it with '/'",
    "attributes in the path, SESSION, , /; Domain=example.com, character 2",
    "a line end in the path, SESSION, , '/a\r\nX: y', character 3",
    "other than ASCII in the path, SESSION, , /ä, character 2",
  })
  void refusesCookies(
      String what, LifetimeType lifetime, @Nullable Duration timeout, String path, String why) {
    assertThat(TRANSLATION.refusal(cookie(timeout, lifetime, "id", path))).as(what).contains(why);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Content-Length",
        "transfer-encoding",
        "Connection",
        "Host",
        "Set-Cookie",
        "cookie"
      })
  void refusesHeadersThatMeanSomethingElse(String name) {
    assertThat(TRANSLATION.refusal(header(name, null))).contains("choose another header");
  }

  // --- tokens ----------------------------------------------------------------------------------

  @ParameterizedTest
  @CsvSource({
    "false, SESSION, , '; Path=/; HttpOnly; SameSite=Lax'",
    "true, SESSION, , '; Path=/; HttpOnly; SameSite=Lax; Secure'",
    "false, SESSION, PT1M, '; Path=/; HttpOnly; SameSite=Lax'",
    "true, PERMANENT, PT1M, '; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure'",
    "false, PERMANENT, PT0.2S, '; Path=/; Max-Age=1; HttpOnly; SameSite=Lax'",
  })
  void setsCookies(
      boolean secure, LifetimeType lifetime, @Nullable Duration timeout, String attributes)
      throws Exception {
    assertThat(begun(sessions(cookie(timeout, lifetime)), 42, secure))
        .matches("set-cookie: id=[-_A-Za-z0-9]{32}.*")
        .endsWith(attributes);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, -1, Long.MIN_VALUE, 0x0123456789abcdefL})
  void readsWhatItWrote(long endpoint) throws Exception {
    Sessions cookies = sessions(cookie(null, LifetimeType.SESSION));
    assertThat(cookies.endpoint(request("cookie", "id=" + token(cookies, endpoint)), NOW))
        .isEqualTo(endpoint);
    Sessions headers = sessions(header("X-Session", null));
    assertThat(headers.endpoint(request("x-session", token(headers, endpoint)), NOW))
        .isEqualTo(endpoint);
  }

  @Test
  void findsTheCookieAmongOthers() throws Exception {
    Sessions sessions = sessions(cookie(null, LifetimeType.SESSION));
    String token = token(sessions, 7);
    for (String[] fields :
        new String[][] {
          {"cookie", "a=b; id=" + token + "; c=d"},
          {"cookie", "id=; xid=" + token + ";id=" + token},
          {"cookie", "id=broken", "cookie", "a=b;\tid=" + token},
          {"Cookie", "id; =;;; id=" + token + ";"},
        }) {
      assertThat(sessions.endpoint(request(fields), NOW)).as(fields[1]).isEqualTo(7);
    }
    for (String value :
        new String[] {"", "id", "id=", "ID=" + token, "xid=" + token, "id =" + token, token}) {
      assertThat(sessions.endpoint(request("cookie", value), NOW))
          .as(value)
          .isEqualTo(Sessions.NONE);
    }
    assertThat(sessions.endpoint(request(), NOW)).isEqualTo(Sessions.NONE);
  }

  @Test
  void takesNoTokenOfWhichABitWasChanged() throws Exception {
    Sessions sessions = sessions(header("X-Session", null));
    String token = token(sessions, 7);
    Random random = new Random(11);
    String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/ ";
    for (int i = 0; i < token.length(); i++) {
      char other = alphabet.charAt(random.nextInt(alphabet.length()));
      if (other != token.charAt(i)) {
        String forged = token.substring(0, i) + other + token.substring(i + 1);
        assertThat(sessions.endpoint(request("x-session", forged), NOW))
            .as(forged)
            .isEqualTo(Sessions.NONE);
      }
    }
    for (String wrong : new String[] {token + "A", token.substring(1), "MTI3LjAuMC4xOjgwODA"}) {
      assertThat(sessions.endpoint(request("x-session", wrong), NOW)).isEqualTo(Sessions.NONE);
    }
  }

  @Test
  void bindsTokensToTheGateway() throws Exception {
    StatefulSession.Builder other =
        translated(header("X-Session", null)).getStatefulSession().toBuilder();
    other.getSessionStateBuilder().setName("sessions/of-another");
    Sessions foreign =
        (Sessions)
            Objects.requireNonNull(
                SessionsCompiler.compile(
                    other.build(), StatefulSessionPerRoute.getDefaultInstance()));
    Sessions own = sessions(header("X-Session", null));

    assertThat(own.endpoint(request("x-session", token(foreign, 7)), NOW)).isEqualTo(Sessions.NONE);
    assertThat(own.ids().of("c", "192.0.2.1:80"))
        .isNotEqualTo(foreign.ids().of("c", "192.0.2.1:80"))
        .isEqualTo(sessions(cookie(null, LifetimeType.SESSION)).ids().of("c", "192.0.2.1:80"));
  }

  @Test
  void tellsEndpointsOfSeveralClustersApart() throws Exception {
    Sessions.EndpointIds ids = sessions(header("X-Session", null)).ids();
    assertThat(ids.of("a", "192.0.2.1:80")).isNotEqualTo(ids.of("b", "192.0.2.1:80"));
    assertThat(ids.of("a", "192.0.2.1:80")).isNotEqualTo(ids.of("a", "192.0.2.1:8"));
  }

  @Test
  void endsSessionsInTime() throws Exception {
    Sessions timed = sessions(header("X-Session", Duration.ofSeconds(10)));
    RequestHead request = request("x-session", token(timed, 7));
    assertThat(timed.endpoint(request, NOW + 9_999)).isEqualTo(7);
    assertThat(timed.endpoint(request, NOW + 10_000)).isEqualTo(Sessions.NONE);
    // Another gateway's clock may be a bit behind.
    assertThat(timed.endpoint(request, NOW - 2_000)).isEqualTo(7);
    assertThat(sessions(header("X-Session", null)).endpoint(request, Long.MAX_VALUE)).isEqualTo(7);
  }

  // --- what is wrong ---------------------------------------------------------------------------

  private static StatefulSession with(String name, Message state) {
    return StatefulSession.newBuilder()
        .setSessionState(
            TypedExtensionConfig.newBuilder().setName(name).setTypedConfig(Any.pack(state)))
        .build();
  }

  private static Struct struct(String field, Value value) {
    return Struct.newBuilder().putFields(field, value).build();
  }

  private static void rejects(StatefulSession config, String... words) {
    assertThatThrownBy(
            () -> SessionsCompiler.compile(config, StatefulSessionPerRoute.getDefaultInstance()))
        .isInstanceOf(InvalidConfig.class)
        .message()
        .contains(words);
  }

  @Test
  void rejectsWhatItCannotHonour() {
    rejects(with("", HeaderBasedSessionState.newBuilder().setName("x").build()), "name");
    rejects(with("key", HeaderBasedSessionState.getDefaultInstance()), "typed_config.name");
    rejects(
        with("key", HeaderBasedSessionState.newBuilder().setName("content-length").build()),
        "typed_config.name",
        "choose another header");
    rejects(with("key", CookieBasedSessionState.getDefaultInstance()), "cookie.name");
    CookieBasedSessionState.Builder cookie = CookieBasedSessionState.newBuilder();
    cookie.getCookieBuilder().setName("id").setPath("/;x");
    rejects(with("key", cookie.build()), "cookie.path");
    cookie.getCookieBuilder().setPath("").getTtlBuilder().setSeconds(-1);
    rejects(with("key", cookie.build()), "cookie.ttl");
    rejects(with("key", StatefulSession.getDefaultInstance()), "typed_config", "StatefulSession");
    rejects(with("key", Struct.getDefaultInstance()), "lifetime_ms");
    Value second = Value.newBuilder().setNumberValue(1000).build();
    rejects(with("key", struct("lifetime_ms", second)), "cookie");
    rejects(
        with("key", struct("lifetime_ms", Value.newBuilder().setNumberValue(0).build())),
        "lifetime_ms");
    Value name =
        Value.newBuilder()
            .setStructValue(struct("name", Value.newBuilder().setStringValue("x").build()))
            .build();
    rejects(
        with(
            "key",
            struct("lifetime_ms", second).toBuilder()
                .putFields("header", name)
                .putFields("more", second)
                .build()),
        "more",
        "not known");
  }

  @Test
  void isOffWhereARouteSaysSo() throws Exception {
    StatefulSession on = with("key", HeaderBasedSessionState.newBuilder().setName("x").build());
    assertThat(
            SessionsCompiler.compile(
                on, StatefulSessionPerRoute.newBuilder().setDisabled(true).build()))
        .isNull();
    assertThat(
            SessionsCompiler.compile(
                StatefulSession.getDefaultInstance(), StatefulSessionPerRoute.getDefaultInstance()))
        .isNull();
  }
}
