package dev.weir.features.cors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.BoolValue;
import dev.weir.core.api.gateway.HttpRouteFilter.Cors;
import dev.weir.core.failure.Reason;
import dev.weir.core.filter.CompiledFilter;
import dev.weir.core.filter.HttpFilter;
import dev.weir.core.filter.InvalidConfig;
import dev.weir.core.filter.Step;
import dev.weir.core.http.Fields;
import dev.weir.core.http.HeaderName;
import dev.weir.core.http.RequestHead;
import dev.weir.core.http.ResponseHead;
import dev.weir.envoy.extensions.filters.http.cors.v3.CorsPolicy;
import dev.weir.envoy.type.matcher.v3.RegexMatcher;
import dev.weir.envoy.type.matcher.v3.StringMatcher;
import dev.weir.features.NoExchange;
import dev.weir.features.RuleXdsRecorder;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** From the Gateway API's record through Envoy's message to what browsers make of the answers. */
class CorsTest {
  private static final List<String> NONE = List.of();

  // --- origins ---------------------------------------------------------------------------------

  @ParameterizedTest
  @CsvSource({
    "https://www.foo.com,      https://www.foo.com,       true",
    "https://www.foo.com,      https://www.foo.com:443,   true",
    "https://www.foo.com:443,  https://www.foo.com,       true",
    "https://www.foo.com,      https://www.foo.com:8443,  false",
    "https://www.foo.com,      http://www.foo.com,        false",
    "https://www.foo.com,      https://foo.com,           false",
    "https://www.foo.com,      https://www.foo.com.evil,  false",
    "https://www.foo.com,      https://wwwxfoo.com,       false",
    "https://www.foo.com,      null,                      false",
    "http://Www.Foo.com,       http://www.foo.com,        true",
    "http://foo,               http://foo:80,             true",
    "http://foo:8080,          http://foo:8080,           true",
    "http://foo:8080,          http://foo,                false",
    "https://*.bar.com,        https://www.bar.com,       true",
    "https://*.bar.com,        https://a.b.c.bar.com,     true",
    "https://*.bar.com,        https://a.bar.com:443,     true",
    "https://*.bar.com,        https://a.bar.com:8443,    false",
    "https://*.bar.com:8443,   https://a.bar.com:8443,    true",
    "https://*.bar.com:8443,   https://a.bar.com,         false",
    "https://*.bar.com,        https://bar.com,           false",
    "https://*.bar.com,        https://.bar.com,          false",
    "https://*.bar.com,        https://foobar.com,        false",
    "https://*.bar.com,        https://www.barxcom,       false",
    "https://*.bar.com,        https://evil/.bar.com,     false",
    "https://*.bar.com,        https://evil:1@a.bar.com,  false",
    "https://*.bar.com,        http://www.bar.com,        false",
    "https://*,                https://anything.example,  true",
    "https://*,                https://[::1],             true",
    "https://*,                https://[::1]:443,         true",
    "https://*,                https://anything:444,      false",
    "https://*:444,            https://anything:444,      true",
    "https://*,                http://anything.example,   false",
    "http://*,                 http://127.0.0.1,          true",
    "*,                        https://anything:12345,    true",
    "*,                        null,                      true",
  })
  void matchesOrigins(String configured, String origin, boolean allowed) {
    Cors cors = new Cors(List.of(configured), true, NONE, NONE, NONE, 5);

    assertThat(simple(cors, origin, "").contains("access-control-allow-origin: " + origin + "\n"))
        .isEqualTo(allowed);
    assertThat(reply(cors, preflight(origin, "PUT")).status()).isEqualTo(allowed ? 204 : 403);
  }

  @Test
  void takesTwoOriginsForNone() {
    RequestHead head = Browser.head("GET", "origin: https://a", "origin: https://b");

    assertThat(response(filter(cors("*")), head, "")).doesNotContain("access-control-allow-origin");
  }

  @ParameterizedTest
  @ValueSource(strings = {"https://a:0", "https://*:65536", "https://a:99999"})
  void refusesPortsThatDoNotExist(String origin) {
    assertThat(new CorsTranslation().refusal(cors(origin))).contains(origin).contains("port");
    assertThat(new CorsTranslation().refusal(cors("https://a:65535"))).isNull();
  }

  // --- the whole dialogue ----------------------------------------------------------------------

  /** Of all that scripts may try, browsers permit what the policy allows, and nothing else. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void browsersPermitExactlyWhatThePolicyAllows(boolean credentials) {
    int permitted = 0;
    int refused = 0;
    for (var origins : List.of(NONE, List.of("https://a", "https://*.b"), List.of("*"))) {
      for (var methods : List.of(NONE, List.of("PUT", "GET"), List.of("*"))) {
        for (var headers : List.of(NONE, List.of("X-One", "authorization"), List.of("*"))) {
          Cors cors = new Cors(origins, credentials, methods, headers, NONE, 5);
          Browser browser = new Browser(() -> filter(cors));
          for (Browser.Fetch fetch : fetches()) {
            assertThat(browser.permits(fetch))
                .as("%s %s", cors, fetch)
                .isEqualTo(allows(cors, fetch));
            permitted += allows(cors, fetch) ? 1 : 0;
            refused += allows(cors, fetch) ? 0 : 1;
          }
        }
      }
    }
    assertThat(permitted).isGreaterThan(100);
    assertThat(refused).isGreaterThan(100);
  }

  private static List<Browser.Fetch> fetches() {
    List<Browser.Fetch> fetches = new java.util.ArrayList<>();
    for (String origin : List.of("https://a", "https://x.b", "https://b", "null")) {
      for (String method : List.of("GET", "POST", "PUT", "DELETE")) {
        for (var headers :
            List.of(NONE, List.of("x-one"), List.of("x-one", "authorization"), List.of("x-two"))) {
          fetches.add(new Browser.Fetch(origin, method, headers, false));
          fetches.add(new Browser.Fetch(origin, method, headers, true));
        }
      }
    }
    return fetches;
  }

  /** What the Gateway API says of a policy. */
  private static boolean allows(Cors cors, Browser.Fetch fetch) {
    boolean origin =
        cors.allowOrigins().contains("*")
            || (!cors.allowOrigins().isEmpty()
                && Set.of("https://a", "https://x.b").contains(fetch.origin()));
    boolean method =
        Set.of("GET", "HEAD", "POST").contains(fetch.method())
            || cors.allowMethods().contains("*")
            || cors.allowMethods().contains(fetch.method());
    boolean headers =
        cors.allowHeaders().contains("*")
            || fetch.headers().stream()
                .allMatch(name -> cors.allowHeaders().stream().anyMatch(name::equalsIgnoreCase));
    return origin
        && method
        && headers
        && (!fetch.credentials() || Boolean.TRUE.equals(cors.allowCredentials()));
  }

  // --- preflights ------------------------------------------------------------------------------

  @Test
  void answersPreflightsInFull() {
    Cors cors =
        new Cors(
            List.of("https://a"),
            true,
            List.of("GET", "OPTIONS"),
            List.of("x-1", "x-2"),
            List.of("x-3", "x-4"),
            3600);
    Step.Reply reply = reply(cors, preflight("https://a", "GET"));

    assertThat(reply.status()).isEqualTo(204);
    assertThat(reply.reason()).isEqualTo(Reason.PREFLIGHT);
    assertThat(reply.body()).isEmpty();
    assertThat(reply.fields())
        .hasToString(
            """
            access-control-allow-origin: https://a
            access-control-allow-credentials: true
            access-control-allow-methods: GET, OPTIONS
            access-control-allow-headers: x-1, x-2
            access-control-expose-headers: x-3, x-4
            access-control-max-age: 3600
            vary: origin, access-control-request-method, access-control-request-headers
            """);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void answersStarsWithWhatWasAskedFor(boolean credentials) {
    Cors cors = new Cors(List.of("*"), credentials, List.of("*"), List.of("*"), List.of("*"), 5);
    RequestHead head = preflight("https://a", "PATCH");
    head.fields().add(HeaderName.of("access-control-request-headers"), "x-1,x-2");
    Fields fields = Objects.requireNonNull(reply(cors, head).fields());

    assertThat(Browser.get(fields, "access-control-allow-origin"))
        .isEqualTo(credentials ? "https://a" : "*");
    assertThat(Browser.get(fields, "access-control-allow-methods")).isEqualTo("PATCH");
    assertThat(Browser.get(fields, "access-control-allow-headers")).isEqualTo("x-1,x-2");
    assertThat(Browser.get(fields, "access-control-allow-credentials"))
        .isEqualTo(credentials ? "true" : null);
    assertThat(Browser.get(fields, "access-control-expose-headers")).isNull();
  }

  @Test
  void leavesOutHeadersThatWereNotAskedFor() {
    Cors cors = new Cors(List.of("*"), true, List.of("*"), List.of("*"), NONE, 5);

    assertThat(reply(cors, preflight("https://a", "PUT")).fields())
        .asString()
        .doesNotContain("access-control-allow-headers");
  }

  @Test
  void refusesPreflightsOfOtherOrigins() {
    Step.Reply reply = reply(cors("https://a"), preflight("https://b", "PUT"));

    assertThat(reply.status()).isEqualTo(403);
    assertThat(reply.reason()).isEqualTo(Reason.ORIGIN_NOT_ALLOWED);
    assertThat(reply.fields())
        .hasToString(
            "vary: origin, access-control-request-method, access-control-request-headers\n");
  }

  @Test
  void passesOtherOptionsRequestsOn() {
    assertThat(filter(cors("*")).requestHead(Browser.head("OPTIONS", "origin: https://a"), true))
        .isEqualTo(Step.NEXT);
    assertThat(
            filter(cors("*"))
                .requestHead(Browser.head("OPTIONS", "access-control-request-method: GET"), true))
        .isEqualTo(Step.NEXT);
  }

  // --- responses -------------------------------------------------------------------------------

  @Test
  void marksResponses() {
    Cors cors =
        new Cors(List.of("https://a"), true, List.of("PUT"), List.of("x-1"), List.of("x-2"), 5);

    assertThat(simple(cors, "https://a", "x-2: y"))
        .isEqualTo(
            """
            x-2: y
            access-control-expose-headers: x-2
            access-control-allow-origin: https://a
            access-control-allow-credentials: true
            vary: origin
            """);
  }

  @Test
  void sameAnswerForAllNeedsNoVary() {
    assertThat(simple(cors("*"), "https://a", "")).isEqualTo("access-control-allow-origin: *\n");
    assertThat(response(filter(cors("*")), Browser.head("GET"), "")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''                                | 'vary: origin'",
        "'vary: Origin'                    | 'vary: Origin'",
        "'vary: accept ,  ORIGIN , x'      | 'vary: accept ,  ORIGIN , x'",
        "'vary: *'                         | 'vary: *'",
        "'vary: accept, x-origin, origins' | 'vary: accept, x-origin, origins;vary: origin'",
      })
  void tellsCachesEvenWhereNoOriginAsks(String before, String after) {
    assertThat(response(filter(cors("https://a")), Browser.head("GET"), before))
        .isEqualTo(after.replace(";", "\n") + "\n");
  }

  @Test
  void exposesAllHeadersByNameWhereAStarWouldBeOne() {
    Cors with = new Cors(List.of("*"), true, NONE, NONE, List.of("*"), 5);
    Cors without = new Cors(List.of("*"), false, NONE, NONE, List.of("*"), 5);

    assertThat(simple(with, "https://a", "x-2: y"))
        .contains("access-control-expose-headers: x-2\n");
    assertThat(simple(without, "https://a", "x-2: y"))
        .contains("access-control-expose-headers: *\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"https://a", "https://b"})
  void takesThePlaceOfWhatTheBackendSays(String origin) {
    assertThat(simple(cors("https://a"), origin, "access-control-allow-origin: *"))
        .doesNotContain("access-control-allow-origin: *");
  }

  // --- messages that Weir does not write -------------------------------------------------------

  @Test
  void leavesOriginsThatDoNotMatchToTheBackendAsEnvoyDoes() throws InvalidConfig {
    CompiledFilter filter =
        compile(
            CorsPolicy.newBuilder()
                .addAllowOriginStringMatch(StringMatcher.newBuilder().setExact("https://a"))
                .build());

    assertThat(open(filter).requestHead(preflight("https://b", "PUT"), true)).isEqualTo(Step.NEXT);
    assertThat(
            response(
                open(filter),
                Browser.head("GET", "origin: https://b"),
                "access-control-allow-origin: *"))
        .startsWith("access-control-allow-origin: *\n");
  }

  @Test
  void comparesAsTheMatcherSays() throws InvalidConfig {
    for (StringMatcher.Builder matcher :
        List.of(
            StringMatcher.newBuilder().setExact("HTTPS://A.b").setIgnoreCase(true),
            StringMatcher.newBuilder().setPrefix("https://a"),
            StringMatcher.newBuilder().setSuffix("A.b").setIgnoreCase(true),
            StringMatcher.newBuilder().setContains("//a."),
            StringMatcher.newBuilder().setSafeRegex(RegexMatcher.newBuilder().setRegex("h.*b")))) {
      CompiledFilter filter =
          compile(CorsPolicy.newBuilder().addAllowOriginStringMatch(matcher).build());
      assertThat(response(open(filter), Browser.head("GET", "origin: https://a.b"), ""))
          .contains("allow-origin: https://a.b\n");
      assertThat(response(open(filter), Browser.head("GET", "origin: http://c.d"), ""))
          .doesNotContain("allow-origin");
    }
  }

  @Test
  void withoutAPolicyThereIsNoFilter() throws InvalidConfig {
    assertThat(compile(CorsPolicy.getDefaultInstance())).isNull();
  }

  @Test
  void refusesWhatCannotBeHonoured() {
    assertThatThrownBy(() -> compile(CorsPolicy.newBuilder().setMaxAge("1\r\nx: y").build()))
        .isInstanceOf(InvalidConfig.class)
        .hasMessageStartingWith("max_age: ");
    assertThatThrownBy(() ->
            compile(
                CorsPolicy.newBuilder()
                    .addAllowOriginStringMatch(StringMatcher.getDefaultInstance())
                    .build()))
        .hasMessageStartingWith("allow_origin_string_match[0]: needs ");
    assertThatThrownBy(() ->
            compile(
                CorsPolicy.newBuilder()
                    .addAllowOriginStringMatch(
                        StringMatcher.newBuilder()
                            .setSafeRegex(RegexMatcher.newBuilder().setRegex("[")))
                    .build()))
        .hasMessageStartingWith("allow_origin_string_match[0].safe_regex.regex: ");
  }

  @Test
  void credentialsNeedToBeAskedFor() {
    assertThat(translated(new Cors(NONE, null, NONE, NONE, NONE, 5)).hasAllowCredentials())
        .isFalse();
    assertThat(translated(new Cors(NONE, true, NONE, NONE, NONE, 5)).getAllowCredentials())
        .isEqualTo(BoolValue.of(true));
  }

  // ---------------------------------------------------------------------------------------------

  private static Cors cors(String origin) {
    return new Cors(List.of(origin), null, NONE, NONE, NONE, 5);
  }

  private static RequestHead preflight(String origin, String method) {
    return Browser.head("OPTIONS", "origin: " + origin, "access-control-request-method: " + method);
  }

  private static Step.Reply reply(Cors cors, RequestHead head) {
    return (Step.Reply) filter(cors).requestHead(head, true);
  }

  /** What becomes of a response to a GET from {@code origin}. */
  private static String simple(Cors cors, String origin, String field) {
    return response(filter(cors), Browser.head("GET", "origin: " + origin), field);
  }

  private static String response(HttpFilter filter, RequestHead head, String field) {
    assertThat(filter.requestHead(head, true)).isEqualTo(Step.NEXT);
    ResponseHead response = new ResponseHead(new Fields(64));
    if (!field.isEmpty()) {
      int colon = field.indexOf(": ");
      response.fields().add(HeaderName.of(field.substring(0, colon)), field.substring(colon + 2));
    }
    assertThat(filter.responseHead(response, true)).isEqualTo(Step.NEXT);
    return response.fields().toString();
  }

  private static CorsPolicy translated(Cors cors) {
    RuleXdsRecorder out = new RuleXdsRecorder("/");
    new CorsTranslation().rule(cors, out);
    return out.filterConfig("envoy.filters.http.cors", CorsPolicy.class);
  }

  private static HttpFilter filter(Cors cors) {
    try {
      return open(compile(translated(cors)));
    } catch (InvalidConfig e) {
      throw new AssertionError("the translation's own message", e);
    }
  }

  private static @Nullable CompiledFilter compile(CorsPolicy policy) throws InvalidConfig {
    return CorsCompiler.compile(
        dev.weir.envoy.extensions.filters.http.cors.v3.Cors.getDefaultInstance(), policy);
  }

  private static HttpFilter open(@Nullable CompiledFilter filter) {
    return Objects.requireNonNull(filter).open(new NoExchange());
  }
}
