package dev.weir.features.extauth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.failure.Failure;
import dev.weir.core.failure.Reason;
import dev.weir.core.filter.Call;
import dev.weir.core.filter.Step;
import dev.weir.core.http.Fields;
import dev.weir.envoy.extensions.filters.http.ext_authz.v3.ExtAuthz;
import dev.weir.features.ExchangeRecorder;
import dev.weir.features.RuleXdsRecorder;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Asking by HTTP, from the API's record to the question and what follows from the answer. */
class HttpAuthorizationTest {
  private static final byte[] NOTHING = {};

  private static Compiled compiled(
      List<String> shown, List<String> taken, int maxSize, ExchangeRecorder exchange)
      throws Exception {
    RuleXdsRecorder out = new RuleXdsRecorder("/");
    new ExternalAuthTranslation().rule(Auths.http("/auth/", shown, taken, maxSize), out);
    return new Compiled(out.filterConfig(ExternalAuthFeature.FILTER, ExtAuthz.class), exchange);
  }

  private static ExchangeRecorder request() {
    return new ExchangeRecorder(
        "POST",
        "shop.example:8080",
        "/cart?id=7",
        "authorization",
        "Bearer t",
        "Cookie",
        "a=b",
        "X-Team",
        "blue",
        "x-team",
        "red",
        "x-user",
        "eve",
        "content-length",
        "5",
        "te",
        "trailers",
        "x-request-id",
        "r1");
  }

  // --- the question ------------------------------------------------------------------------------

  @Test
  void showsWhatIsAlwaysShown() throws Exception {
    Call call = compiled(List.of(), List.of(), 0, request()).ask();

    assertThat(call.cluster()).isEqualTo("own-backend");
    assertThat(call.nanos()).isEqualTo(5_000_000_000L);
    assertThat(call.content()).isEmpty();
    assertThat(call.head().method()).isEqualTo("POST");
    assertThat(call.head().authority()).isEqualTo("shop.example:8080");
    assertThat(call.head().target()).isEqualTo("/auth/cart?id=7");
    assertThat(call.head().fields().toString())
        .isEqualTo("authorization: Bearer t\ncontent-length: 0\n");
  }

  @Test
  void showsWhatIsAllowedAndTheBody() throws Exception {
    Call call =
        compiled(List.of("x-TEAM", "Cookie", "te", "content-length"), List.of(), 10, request())
            .ask("hello", true);

    assertThat(new String(call.content(), StandardCharsets.UTF_8)).isEqualTo("hello");
    assertThat(call.head().fields().toString())
        .isEqualTo(
            """
            authorization: Bearer t
            cookie: a=b
            x-team: blue
            x-team: red
            x-envoy-auth-partial-body: false
            content-length: 5
            """);
  }

  @Test
  void refusesABodyThatIsTooLong() throws Exception {
    Compiled filter = compiled(List.of(), List.of(), 3, request());
    assertThat(filter.filter().requestHead(filter.exchange().request(), false))
        .isEqualTo(new Step.Collect(3));
    assertThat(filter.filter().requestCollected(Unpooled.wrappedBuffer(new byte[3]), false))
        .isInstanceOfSatisfying(
            Step.Reply.class,
            reply -> {
              assertThat(reply.status()).isEqualTo(413);
              assertThat(reply.reason()).isEqualTo(Reason.BODY_TOO_LARGE);
            });
  }

  // --- the answer --------------------------------------------------------------------------------

  @Test
  void takesWhatIsListedAndOnlyFromTheService() throws Exception {
    Compiled filter = compiled(List.of(), List.of("X-User", "x-roles", "host"), 0, request());
    filter.ask();
    Step step = filter.answer(200, NOTHING, null, "x-roles", "a", "X-Roles", "b", "x-other", "no");

    assertThat(step).isEqualTo(Step.NEXT);
    assertThat(filter.exchange().request().fields().toString())
        .contains("x-roles: a\nx-roles: b\n", "x-team: blue\n", "x-request-id: r1\n")
        .doesNotContain("x-user", "x-other");
    assertThat(filter.exchange().request().authority()).isEqualTo("shop.example:8080");
  }

  @Test
  void takesAllButWhatDescribesTheAnswer() throws Exception {
    Compiled filter = compiled(List.of(), List.of(), 0, request());
    filter.ask();
    filter.answer(
        200,
        NOTHING,
        null,
        "X-User",
        "ann",
        "content-length",
        "0",
        "content-type",
        "text/plain",
        "date",
        "today",
        "server",
        "auth",
        "connection",
        "close",
        "host",
        "evil.example",
        "x-envoy-upstream-service-time",
        "3");

    assertThat(filter.exchange().request().fields().toString())
        .contains("x-user: ann\n", "content-length: 5\n", "x-team: red\n")
        .doesNotContain(
            "eve", "text/plain", "today", "server", "connection", "evil.example", "x-envoy");
  }

  @Test
  void passesTheAnswerOnToTheClient() throws Exception {
    Compiled filter = compiled(List.of(), List.of(), 0, request());
    filter.ask();
    Step step =
        filter.answer(
            401,
            "who?".getBytes(StandardCharsets.UTF_8),
            null,
            "WWW-Authenticate",
            "Bearer",
            "set-cookie",
            "a=1",
            "set-cookie",
            "b=2",
            "content-length",
            "4",
            "connection",
            "close");

    assertThat(step)
        .isInstanceOfSatisfying(
            Step.Reply.class,
            reply -> {
              assertThat(reply.status()).isEqualTo(401);
              assertThat(reply.reason()).isEqualTo(Reason.UNAUTHENTICATED);
              assertThat(String.valueOf(reply.fields()))
                  .isEqualTo("www-authenticate: Bearer\nset-cookie: a=1\nset-cookie: b=2\n");
              assertThat(new String(reply.body(), StandardCharsets.UTF_8)).isEqualTo("who?");
            });
    assertThat(filter.exchange().request().fields().toString()).contains("x-user: eve\n");
  }

  @ParameterizedTest
  @CsvSource({
    "201, 403, AUTH_DENIED",
    "204, 403, AUTH_DENIED",
    "302, 302, AUTH_DENIED",
    "304, 403, AUTH_DENIED",
    "403, 403, AUTH_DENIED",
    "404, 404, AUTH_DENIED",
    "500, 503, AUTH_UNAVAILABLE",
    "503, 503, AUTH_UNAVAILABLE"
  })
  void onlyTwoHundredIsConsent(int answer, int status, Reason reason) throws Exception {
    Compiled filter = compiled(List.of(), List.of(), 0, request());
    filter.ask();
    assertThat(filter.answer(answer, NOTHING, null))
        .isInstanceOfSatisfying(
            Step.Reply.class,
            reply -> {
              assertThat(reply.status()).isEqualTo(status);
              assertThat(reply.reason()).isEqualTo(reason);
            });
  }

  @Test
  void withoutAnAnswerNothingPasses() throws Exception {
    Compiled filter = compiled(List.of(), List.of(), 0, request());
    filter.ask();
    filter.filter().failed(Failure.local(Reason.NO_CLUSTER, "gone"));
    assertThat(filter.exchange().decision())
        .isInstanceOfSatisfying(
            Step.Reply.class,
            reply -> {
              assertThat(reply.status()).isEqualTo(503);
              assertThat(reply.fields()).isNull();
              assertThat(reply.body()).isEmpty();
            });
  }

  @Test
  void leavesTheResponseAlone() throws Exception {
    Compiled filter = compiled(List.of(), List.of(), 0, request());
    filter.ask();
    filter.answer(200, NOTHING, new Fields(0), "x-user", "ann");
    var response = Compiled.response(200, "a", "b");
    assertThat(filter.filter().responseHead(response, true)).isEqualTo(Step.NEXT);
    assertThat(response.fields().toString()).isEqualTo("a: b\n");
  }

  // --- what is refused ---------------------------------------------------------------------------

  @ParameterizedTest
  @ValueSource(strings = {"/a/../b", "..", "/a/.", "/%2e%2E/b", "//a", "/a//b", "/a%2fb", "a%5Cb"})
  void refusesPaths(String path) {
    assertThat(new ExternalAuthTranslation().refusal(Auths.http(path, List.of(), List.of(), 0)))
        .contains(path, "remove");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/a", "/a/", "a/b", "/a..b/.c/...", "/a%20b"})
  void acceptsPaths(String path) {
    assertThat(new ExternalAuthTranslation().refusal(Auths.http(path, List.of(), List.of(), 0)))
        .isNull();
  }

  @Test
  void refusesNamesThatNoHeaderHas() {
    var translation = new ExternalAuthTranslation();
    assertThat(translation.refusal(Auths.http("/", List.of("a b"), List.of(), 0)))
        .contains("\"a b\" is not a header name");
    assertThat(translation.refusal(Auths.http("/", List.of(), List.of(""), 0)))
        .contains("must not be empty");
    assertThat(translation.refusal(Auths.grpc(List.of("é"), 0))).contains("not a header name");
    assertThat(translation.refusal(Auths.grpc(List.of("x-a"), 0))).isNull();
  }
}
