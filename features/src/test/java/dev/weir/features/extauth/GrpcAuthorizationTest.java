package dev.weir.features.extauth;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.BoolValue;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import com.google.rpc.Status;
import dev.weir.core.failure.Reason;
import dev.weir.core.filter.Call;
import dev.weir.core.filter.Step;
import dev.weir.core.http.Fields;
import dev.weir.core.http.HeaderName;
import dev.weir.core.wire.GrpcFrame;
import dev.weir.envoy.extensions.filters.http.ext_authz.v3.ExtAuthz;
import dev.weir.features.ExchangeRecorder;
import dev.weir.features.RuleXdsRecorder;
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption.HeaderAppendAction;
import io.envoyproxy.envoy.config.core.v3.QueryParameter;
import io.envoyproxy.envoy.service.auth.v3.AttributeContext;
import io.envoyproxy.envoy.service.auth.v3.CheckRequest;
import io.envoyproxy.envoy.service.auth.v3.CheckResponse;
import io.envoyproxy.envoy.service.auth.v3.DeniedHttpResponse;
import io.envoyproxy.envoy.service.auth.v3.OkHttpResponse;
import io.envoyproxy.envoy.type.v3.HttpStatus;
import io.envoyproxy.envoy.type.v3.StatusCode;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Asking by gRPC, with the messages as Envoy's own classes read and write them. */
class GrpcAuthorizationTest {
  private static ExtAuthz config(List<String> shown, int maxSize) {
    RuleXdsRecorder out = new RuleXdsRecorder("/");
    new ExternalAuthTranslation().rule(Auths.grpc(shown, maxSize), out);
    return out.filterConfig(ExternalAuthFeature.FILTER, ExtAuthz.class);
  }

  private static Compiled compiled(List<String> shown, int maxSize) throws Exception {
    return new Compiled(config(shown, maxSize), request());
  }

  private static ExchangeRecorder request() {
    return new ExchangeRecorder(
        "PUT",
        "shop.example",
        "/cart?id=7&token=s&id=8",
        "X-Team",
        "blue",
        "x-team",
        "red",
        "cookie",
        "a=b",
        "cookie",
        "c=d",
        "x-name",
        "Jürgen",
        "content-length",
        "5",
        "x-request-id",
        "r1");
  }

  private static AttributeContext attributes(Call call) throws Exception {
    return CheckRequest.parseFrom(GrpcFrame.single(Unpooled.wrappedBuffer(call.content())))
        .getAttributes();
  }

  // --- the question ------------------------------------------------------------------------------

  @Test
  void asksAsGrpcAsks() throws Exception {
    Call call = compiled(List.of(), 0).ask();

    assertThat(call.cluster()).isEqualTo("own-backend");
    assertThat(call.head().method()).isEqualTo("POST");
    assertThat(call.head().authority()).isEqualTo("auth");
    assertThat(call.head().target()).isEqualTo("/envoy.service.auth.v3.Authorization/Check");
    assertThat(call.head().fields().toString())
        .isEqualTo(
            "te: trailers\ncontent-type: application/grpc\ncontent-length: "
                + call.content().length
                + "\nuser-agent: weir\ngrpc-timeout: 5000m\n");
  }

  @Test
  void showsTheRequest() throws Exception {
    AttributeContext attributes = attributes(compiled(List.of(), 0).ask());

    assertThat(attributes.getSource().getAddress().getSocketAddress().getAddress())
        .isEqualTo("192.0.2.7");
    assertThat(attributes.getDestination().getAddress().getSocketAddress().getPortValue())
        .isEqualTo(8080);
    assertThat(attributes.getRequest().getTime().getSeconds())
        .isEqualTo(ExchangeRecorder.NOW / 1000);
    assertThat(attributes.getRequest().getTime().getNanos()).isEqualTo(123_000_000);
    AttributeContext.HttpRequest http = attributes.getRequest().getHttp();
    assertThat(http.getId()).isEqualTo("r1");
    assertThat(http.getMethod()).isEqualTo("PUT");
    assertThat(http.getPath()).isEqualTo("/cart?id=7&token=s&id=8");
    assertThat(http.getHost()).isEqualTo("shop.example");
    assertThat(http.getScheme()).isEqualTo("http");
    assertThat(http.getProtocol()).isEqualTo("HTTP/1.1");
    assertThat(http.getSize()).isEqualTo(5);
    assertThat(http.getBody()).isEmpty();
    assertThat(http.getHeadersMap())
        .containsEntry(":method", "PUT")
        .containsEntry(":authority", "shop.example")
        .containsEntry(":path", "/cart?id=7&token=s&id=8")
        .containsEntry(":scheme", "http")
        .containsEntry("x-team", "blue,red")
        .containsEntry("cookie", "a=b; c=d")
        .containsEntry("x-name", "Jürgen")
        .hasSize(9);
  }

  @Test
  void showsOnlyWhatIsAllowed() throws Exception {
    assertThat(
            attributes(compiled(List.of("X-Team"), 0).ask()).getRequest().getHttp().getHeadersMap())
        .containsOnlyKeys("x-team");
  }

  @Test
  void showsTheBodyAsTextOrAsBytes() throws Exception {
    AttributeContext.HttpRequest http =
        attributes(compiled(List.of(), 10).ask("hëllo", true)).getRequest().getHttp();
    assertThat(http.getBody()).isEqualTo("hëllo");
    assertThat(http.getSize()).isEqualTo(6);
    assertThat(http.getHeadersMap()).containsEntry("x-envoy-auth-partial-body", "false");

    ExtAuthz.Builder bytes = config(List.of(), 10).toBuilder();
    bytes.getWithRequestBodyBuilder().setPackAsBytes(true).setAllowPartialMessage(true);
    http =
        attributes(new Compiled(bytes.build(), request()).ask("hello", false))
            .getRequest()
            .getHttp();
    assertThat(http.getRawBody()).isEqualTo(ByteString.copyFromUtf8("hello"));
    assertThat(http.getBody()).isEmpty();
    assertThat(http.getHeadersMap()).containsEntry("x-envoy-auth-partial-body", "true");
  }

  // --- the answer --------------------------------------------------------------------------------

  private static HeaderValueOption.Builder header(String name, String value) {
    return HeaderValueOption.newBuilder()
        .setHeader(HeaderValue.newBuilder().setKey(name).setValue(value));
  }

  private static Step answer(Compiled filter, CheckResponse response) {
    return filter.answer(200, GrpcFrame.of(response.toByteArray()), status("0"));
  }

  private static Fields status(String status) {
    Fields trailers = new Fields(32);
    trailers.add(HeaderName.GRPC_STATUS, status);
    return trailers;
  }

  private static CheckResponse ok(OkHttpResponse.Builder ok) {
    return CheckResponse.newBuilder()
        .setStatus(Status.newBuilder().setCode(0))
        .setOkResponse(ok)
        .build();
  }

  @Test
  @SuppressWarnings("deprecation") // append is what services still set
  void changesTheRequestAsTheServiceSays() throws Exception {
    Compiled filter = compiled(List.of(), 0);
    filter.ask();
    Step step =
        answer(
            filter,
            ok(
                OkHttpResponse.newBuilder()
                    .addHeaders(header("X-User", "ann"))
                    .addHeaders(header("x-team", "green"))
                    .addHeaders(header("x-role", "a"))
                    .addHeaders(header("x-role", "b").setAppend(BoolValue.of(true)))
                    .addHeaders(
                        header("x-name", "no").setAppendAction(HeaderAppendAction.ADD_IF_ABSENT))
                    .addHeaders(
                        header("x-new", "no")
                            .setAppendAction(HeaderAppendAction.OVERWRITE_IF_EXISTS))
                    .addHeaders(
                        HeaderValueOption.newBuilder()
                            .setHeader(
                                HeaderValue.newBuilder()
                                    .setKey("x-raw")
                                    .setRawValue(ByteString.copyFromUtf8("raw"))))
                    .addHeaders(header(":path", "/evil"))
                    .addHeaders(header("host", "evil.example"))
                    .addHeaders(header("content-length", "0"))
                    .addHeaders(header("transfer-encoding", "chunked"))
                    .addHeadersToRemove("Cookie")
                    .addHeadersToRemove("content-length")
                    .addHeadersToRemove(":method")
                    .addQueryParametersToSet(
                        QueryParameter.newBuilder().setKey("id").setValue("9 &"))
                    .addQueryParametersToRemove("token")
                    .addResponseHeadersToAdd(header("x-audit", "1"))));

    assertThat(step).isEqualTo(Step.NEXT);
    var request = filter.exchange().request();
    assertThat(request.fields().toString().replace("JÃ¼rgen", "J"))
        .isEqualTo(
            """
            x-name: J
            content-length: 5
            x-request-id: r1
            x-user: ann
            x-team: green
            x-role: a
            x-role: b
            x-raw: raw
            """);
    assertThat(request.target()).isEqualTo("/cart?id=9%20%26");
    assertThat(request.authority()).isEqualTo("shop.example");
    var response = Compiled.response(200, "a", "b");
    filter.filter().responseHead(response, true);
    assertThat(response.fields().toString()).isEqualTo("a: b\nx-audit: 1\n");
  }

  @Test
  void consentNeedsNoMore() throws Exception {
    Compiled filter = compiled(List.of(), 0);
    filter.ask();
    assertThat(answer(filter, CheckResponse.getDefaultInstance())).isEqualTo(Step.NEXT);
    assertThat(filter.exchange().request().target()).isEqualTo("/cart?id=7&token=s&id=8");
  }

  @Test
  void answersAsTheServiceSays() throws Exception {
    Compiled filter = compiled(List.of(), 0);
    filter.ask();
    Step step =
        answer(
            filter,
            CheckResponse.newBuilder()
                .setStatus(Status.newBuilder().setCode(16))
                .setDeniedResponse(
                    DeniedHttpResponse.newBuilder()
                        .setStatus(HttpStatus.newBuilder().setCode(StatusCode.Unauthorized))
                        .addHeaders(header("WWW-Authenticate", "Bearer"))
                        .addHeaders(header("content-length", "999"))
                        .setBody("who are you?"))
                .build());
    assertThat(step)
        .isInstanceOfSatisfying(
            Step.Reply.class,
            reply -> {
              assertThat(reply.status()).isEqualTo(401);
              assertThat(reply.reason()).isEqualTo(Reason.UNAUTHENTICATED);
              assertThat(String.valueOf(reply.fields())).isEqualTo("www-authenticate: Bearer\n");
              assertThat(new String(reply.body(), StandardCharsets.UTF_8))
                  .isEqualTo("who are you?");
            });
  }

  @Test
  void deniesWithForbiddenUnlessToldOtherwise() throws Exception {
    Compiled filter = compiled(List.of(), 0);
    filter.ask();
    Step step =
        answer(
            filter,
            CheckResponse.newBuilder()
                .setStatus(Status.newBuilder().setCode(7))
                .setOkResponse(OkHttpResponse.newBuilder().addHeaders(header("x-user", "ann")))
                .build());
    assertThat(step)
        .isInstanceOfSatisfying(
            Step.Reply.class,
            reply -> {
              assertThat(reply.status()).isEqualTo(403);
              assertThat(reply.reason()).isEqualTo(Reason.AUTH_DENIED);
            });
  }

  private static void failsClosed(
      int status, byte[] body, @Nullable Fields trailers, String... fields) throws Exception {
    Compiled filter = compiled(List.of(), 0);
    filter.ask();
    assertThat(filter.answer(status, body, trailers, fields))
        .isInstanceOfSatisfying(
            Step.Reply.class,
            reply -> {
              assertThat(reply.status()).isEqualTo(503);
              assertThat(reply.reason()).isEqualTo(Reason.AUTH_UNAVAILABLE);
            });
  }

  @Test
  void whatMakesNoSenseIsNoConsent() throws Exception {
    byte[] consent = GrpcFrame.of(CheckResponse.getDefaultInstance().toByteArray());
    failsClosed(200, consent, null);
    failsClosed(200, consent, status("14"));
    failsClosed(200, consent, status(""));
    failsClosed(404, consent, status("0"));
    failsClosed(200, new byte[0], status("0"));
    failsClosed(200, new byte[0], null, "grpc-status", "0");
    failsClosed(200, new byte[0], null, "grpc-status", "12");
    failsClosed(200, new byte[] {1, 0, 0, 0, 0}, status("0"));
    failsClosed(200, GrpcFrame.of(new byte[] {0x0a, 0x7f}), status("0"));
  }

  @ParameterizedTest
  @CsvSource({"'x-a\r\nx-b', v", "x-a, 'v\r\nx-b: w'", "'', v", "a b, v"})
  void fieldsThatWouldBeOthersAreNoConsent(String name, String value) throws Exception {
    CheckResponse response = ok(OkHttpResponse.newBuilder().addHeaders(header(name, value)));
    failsClosed(200, GrpcFrame.of(response.toByteArray()), status("0"));
    CheckResponse later =
        ok(OkHttpResponse.newBuilder().addResponseHeadersToAdd(header(name, value)));
    failsClosed(200, GrpcFrame.of(later.toByteArray()), status("0"));
  }

  @Test
  void aServiceThatSaysThatItFailedDoesNotConsent() throws Exception {
    CheckResponse failed =
        CheckResponse.newBuilder()
            .setUnknownFields(
                UnknownFieldSet.newBuilder()
                    .addField(
                        5,
                        UnknownFieldSet.Field.newBuilder()
                            .addLengthDelimited(ByteString.EMPTY)
                            .build())
                    .build())
            .build();
    failsClosed(200, GrpcFrame.of(failed.toByteArray()), status("0"));
  }
}
