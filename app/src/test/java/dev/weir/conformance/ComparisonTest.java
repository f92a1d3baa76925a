package dev.weir.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.api.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ComparisonTest {
  private static final Outgoing REQUEST =
      new Outgoing(
          "127.0.0.1",
          80,
          Outgoing.Protocol.HTTP1,
          "GET",
          "/a?b=c",
          "shop.example",
          List.of(Map.entry("X-One", "1"), Map.entry(Exchange.SET_HEADER, "")),
          Bytes.of(new byte[0]),
          null);

  private static List<String> compare(String expected, Reply reply) {
    return Comparison.differences(
        CaseFile.part(Json.MAPPER.readTree(expected), ExpectedExchange.class),
        REQUEST,
        reply,
        pem -> "PEM of " + pem.name());
  }

  private static Reply reply(int status, Map<String, List<String>> headers) {
    return new Reply(status, "HTTP/1.1", headers, Bytes.of(new byte[0]), Map.of());
  }

  private static Reply echo(String pod) {
    String body =
        """
        {"path": "/a?b=c", "host": "shop.example", "method": "GET", "proto": "HTTP/1.1",
         "headers": {"X-One": ["1"], "X-Two": ["2", "3"]}, "httpPort": "3000",
         "namespace": "shop", "pod": "%s",
         "tls": {"version": "TLSv1.3", "serverName": "inner.example", "negotiatedProtocol": "",
                 "cipherSuite": "x", "peerCertificates": ["PEM of\\n client"]}}
        """
            .formatted(pod);
    return new Reply(
        200,
        "HTTP/1.1",
        Map.of("content-type", List.of("application/json"), "x-three", List.of("3", " 4")),
        Bytes.of(body.getBytes(StandardCharsets.UTF_8)),
        Map.of());
  }

  @Test
  void acceptsWhatFits() {
    assertThat(
            compare(
                """
                {"status": [200], "backend": {"podPrefix": "cart-v1", "namespace": "shop"},
                 "requestSeenByBackend": {"host": "shop.example", "method": "GET",
                   "path": "/a?b=c", "headers": {"x-two": "2,3"}, "absentHeaders": ["x-four"],
                   "sni": "inner.example", "httpPort": "3000",
                   "clientCert": {"fromKind": "Secret", "namespace": "shop", "name": "client",
                                  "key": "tls.crt"}},
                 "response": {"headers": {"X-Three": "3,4"}, "ignoreWhitespace": true,
                   "absentHeaders": ["x-five"], "protocol": "HTTP/1.1"}}
                """,
                echo("cart-v1-0")))
        .isEmpty();
  }

  @Test
  void namesEachDifference() {
    assertThat(
            compare(
                """
                {"status": [200], "backend": {"podPrefix": "cart-v2", "namespace": ""},
                 "requestSeenByBackend": {"host": "other", "method": "POST", "path": "/a",
                   "headers": {"X-Two": "2", "X-None": "1"}, "absentHeaders": ["x-one"],
                   "sni": "else", "httpPort": "3001",
                   "clientCert": {"fromKind": "Secret", "namespace": "shop", "name": "other",
                                  "key": "tls.crt"}},
                 "response": {"headers": {"X-Three": "3,4"}, "absentHeaders": ["x-three"],
                   "validHeaderValues": {"x-three": ["1", "2"]}, "protocol": "HTTP/2.0"}}
                """,
                echo("cart-v1-0")))
        .hasSize(15);
  }

  @Test
  void expectsTheRequestItselfByDefault() {
    String expected =
        """
        {"status": [200], "requestSeenByBackendDefaulted": true,
         "requestSeenByBackend": {"method": "GET", "path": "/a?b=c"}}
        """;
    Reply without =
        new Reply(
            200,
            "HTTP/1.1",
            Map.of("content-type", List.of("application/json")),
            Bytes.of(
                """
                {"path": "/a?b=c", "host": "h", "method": "GET", "proto": "HTTP/1.1",
                 "headers": {}, "httpPort": "1", "namespace": "shop", "pod": "cart"}
                """
                    .getBytes(StandardCharsets.UTF_8)),
            Map.of());

    assertThat(compare(expected, echo("cart-v1-0"))).isEmpty();
    assertThat(compare(expected, without))
        .singleElement()
        .asString()
        .contains("X-One", "expected '1'", "seen none");
  }

  @Test
  void anotherStatusSaysTheReason() {
    assertThat(
            compare(
                "{\"status\": [200, 204]}",
                reply(503, Map.of("x-weir-reason", List.of("no-healthy-upstream")))))
        .containsExactly("status: expected [200, 204], seen 503 (no-healthy-upstream)");
  }

  @Test
  void timeoutsAreOne() {
    assertThat(compare("{\"status\": [504]}", reply(408, Map.of()))).isEmpty();
    assertThat(compare("{\"status\": [500]}", reply(504, Map.of()))).hasSize(1);
  }

  @Test
  void aBackendMustHaveAnsweredWhereOneIsExpected() {
    assertThat(
            compare(
                "{\"status\": [200], \"backend\": {\"podPrefix\": \"\", \"namespace\": \"shop\"}}",
                reply(200, Map.of())))
        .containsExactly("expected an answer of an echo backend, seen another body");
    assertThat(compare("{\"status\": [200], \"answeredByGateway\": true}", echo("cart")))
        .containsExactly("expected an answer of the gateway itself, seen one of pod cart");
  }

  @Test
  void redirectsDefaultToTheRequest() {
    String open = "{\"status\": [302], \"redirect\": {}}";

    assertThat(compare(open, to("http://other.example/a"))).isEmpty();
    assertThat(compare(open, to("http://other.example:80/a"))).isEmpty();
    assertThat(compare(open, to("/a"))).isEmpty();
    assertThat(compare(open, to("http://other.example:8080/a"))).hasSize(1);
    assertThat(compare(open, to("https://other.example/b"))).hasSize(2);
    assertThat(compare(open, reply(302, Map.of()))).hasSize(1);
  }

  @Test
  void redirectsAreComparedInParts() {
    String exact =
        """
        {"status": [301], "redirect": {"scheme": "https", "host": "to.example", "port": "8443",
         "path": "/there"}}
        """;

    Reply fits = reply(301, Map.of("location", List.of("https://to.example:8443/there?q=1")));
    Reply differs = reply(301, Map.of("location", List.of("http://from.example/here")));
    assertThat(compare(exact, fits)).isEmpty();
    assertThat(compare(exact, differs)).hasSize(4);
  }

  private static Reply to(String location) {
    return reply(302, Map.of("location", List.of(location)));
  }
}
