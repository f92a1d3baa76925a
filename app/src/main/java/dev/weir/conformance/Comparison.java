package dev.weir.conformance;

import dev.weir.echo.EchoAnswer;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/**
 * Compares what a request led to with what a case expects, by the rules of the public suite: what a
 * backend saw and header fields are looked at only in a 200 or 204, timeouts 408 and 504 are one.
 */
final class Comparison {
  private static final Set<Integer> TIMEOUTS = Set.of(408, 504);
  private static final Set<Integer> SUCCESS = Set.of(200, 204);

  private final ExpectedExchange expected;
  private final Outgoing request;
  private final Reply reply;
  private final Function<Pem, String> materials;
  private final List<String> differences = new ArrayList<>();

  private Comparison(
      ExpectedExchange expected, Outgoing request, Reply reply, Function<Pem, String> materials) {
    this.expected = expected;
    this.request = request;
    this.reply = reply;
    this.materials = materials;
  }

  /** What differs, in words; empty if nothing does. */
  static List<String> differences(
      ExpectedExchange expected, Outgoing request, Reply reply, Function<Pem, String> materials) {
    var comparison = new Comparison(expected, request, reply, materials);
    comparison.compare();
    return comparison.differences;
  }

  /** Whether the status says that something took too long. */
  static boolean isTimeout(int status) {
    return TIMEOUTS.contains(status);
  }

  /** The echo backend's answer; null if the reply is none. */
  static @Nullable EchoAnswer echo(Reply reply) {
    String type = reply.header("content-type");
    if (type == null || !type.startsWith("application/json")) {
      return null;
    }
    try {
      EchoAnswer answer = Json.MAPPER.readValue(reply.body().toArray(), EchoAnswer.class);
      return answer.pod() == null ? null : answer;
    } catch (JacksonException e) {
      return null;
    }
  }

  private void compare() {
    if (isTimeout(reply.status()) && expected.status().stream().anyMatch(TIMEOUTS::contains)) {
      return;
    }
    if (!expected.status().contains(reply.status())) {
      differences.add(
          "status: expected "
              + expected.status()
              + ", seen "
              + reply.status()
              + (reply.header("x-weir-reason") == null
                  ? ""
                  : " (" + reply.header("x-weir-reason") + ")"));
      return;
    }
    ExpectedExchange.ExpectedAnswer answer = expected.response();
    if (answer != null && answer.protocol() != null) {
      differ("response protocol", answer.protocol(), reply.protocol());
    }
    if (SUCCESS.contains(reply.status())) {
      compareEcho();
      if (answer != null) {
        compareAnswer(answer);
      }
    } else if (reply.status() / 100 == 3 && expected.redirect() != null) {
      compareRedirect(expected.redirect());
    }
  }

  private void compareEcho() {
    EchoAnswer echo = echo(reply);
    if (expected.answeredByGateway()) {
      if (echo != null) {
        differences.add("expected an answer of the gateway itself, seen one of pod " + echo.pod());
      }
      return;
    }
    TrafficStep.Backend backend = expected.backend();
    ExpectedExchange.SeenRequest seen = expected.requestSeenByBackend();
    if (echo == null) {
      if (backend != null || seen != null) {
        differences.add("expected an answer of an echo backend, seen another body");
      }
      return;
    }
    if (backend != null) {
      differ("namespace", backend.namespace(), echo.namespace());
      if (!echo.pod().startsWith(backend.podPrefix())) {
        differences.add("pod: expected " + backend.podPrefix() + "*, seen " + echo.pod());
      }
    }
    if (seen != null) {
      compareSeen(seen, echo);
    }
  }

  private void compareSeen(ExpectedExchange.SeenRequest seen, EchoAnswer echo) {
    if (seen.host() != null && !seen.host().isEmpty()) {
      differ("host at the backend", seen.host(), echo.host());
    }
    differ("path at the backend", seen.path(), echo.path());
    differ("method at the backend", seen.method(), echo.method());
    if (seen.httpPort() != null) {
      differ("port of the backend", seen.httpPort(), echo.httpPort());
    }
    Map<String, List<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    headers.putAll(echo.headers());
    headers(seenHeaders(seen), headers, "header at the backend");
    absent(seen.absentHeaders(), headers, "header at the backend");
    EchoAnswer.Tls tls = echo.tls();
    if (seen.sni() != null && !seen.sni().isEmpty()) {
      differ("SNI at the backend", seen.sni(), tls == null ? "no TLS" : tls.serverName());
    }
    if (seen.clientCert() != null) {
      String expectedPem = squeezed(materials.apply(seen.clientCert()));
      if (tls == null
          || tls.peerCertificates().stream().noneMatch(pem -> squeezed(pem).equals(expectedPem))) {
        differences.add(
            "client certificate at the backend: expected that of "
                + seen.clientCert()
                + ", seen "
                + (tls == null ? "no TLS" : tls.peerCertificates().size() + " others"));
      }
    }
  }

  private @Nullable Map<String, String> seenHeaders(ExpectedExchange.SeenRequest seen) {
    if (seen.headers() != null || !Boolean.TRUE.equals(expected.requestSeenByBackendDefaulted())) {
      return seen.headers();
    }
    Map<String, String> sent = new TreeMap<>();
    request.fields().stream()
        .filter(field -> !field.getKey().equals(Exchange.SET_HEADER))
        .filter(field -> !field.getKey().equals(Exchange.JITTER))
        .forEach(field -> sent.merge(field.getKey(), field.getValue(), (a, b) -> a + "," + b));
    return sent;
  }

  private void compareAnswer(ExpectedExchange.ExpectedAnswer answer) {
    Map<String, List<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    headers.putAll(reply.headers());
    boolean loose = answer.ignoreWhitespace();
    if (answer.headers() != null) {
      answer
          .headers()
          .forEach(
              (name, value) -> header(name, List.of(value), headers, loose, "response header"));
    }
    if (answer.validHeaderValues() != null) {
      answer
          .validHeaderValues()
          .forEach((name, values) -> header(name, values, headers, loose, "response header"));
    }
    absent(answer.absentHeaders(), headers, "response header");
  }

  private void headers(
      @Nullable Map<String, String> wanted, Map<String, List<String>> seen, String what) {
    if (wanted != null) {
      wanted.forEach((name, value) -> header(name, List.of(value), seen, false, what));
    }
  }

  private void header(
      String name,
      List<String> valid,
      Map<String, List<String>> headers,
      boolean loose,
      String what) {
    List<String> values = headers.get(name);
    String seen = values == null ? null : String.join(",", values);
    Function<String, String> form = loose ? Comparison::withoutBlanks : text -> text;
    if (seen == null || valid.stream().map(form).noneMatch(form.apply(seen)::equals)) {
      differences.add(
          what
              + " "
              + name
              + ": expected "
              + (valid.size() == 1 ? "'" + valid.getFirst() + "'" : "one of " + valid)
              + ", seen "
              + (seen == null ? "none" : "'" + seen + "'"));
    }
  }

  private void absent(
      @Nullable List<String> names, Map<String, List<String>> headers, String what) {
    if (names != null) {
      for (String name : names) {
        if (headers.containsKey(name)) {
          differences.add(what + " " + name + ": expected none, seen " + headers.get(name));
        }
      }
    }
  }

  private void compareRedirect(ExpectedExchange.ExpectedRedirect redirect) {
    String location = reply.header("location");
    URI seen;
    try {
      seen = requestUri().resolve(URI.create(location == null ? "" : location));
    } catch (IllegalArgumentException e) {
      seen = URI.create("");
    }
    if (location == null || seen.getHost() == null) {
      differences.add("location: expected a URL, seen " + location);
      return;
    }
    String scheme = redirect.scheme() == null ? request.scheme() : redirect.scheme();
    differ("scheme of location", scheme, seen.getScheme());
    if (redirect.host() != null) {
      differ("host of location", redirect.host(), seen.getHost());
    }
    String path = redirect.path() == null ? requestUri().getRawPath() : redirect.path();
    differ("path of location", path, seen.getRawPath());
    String port = seen.getPort() < 0 ? "" : Integer.toString(seen.getPort());
    if (redirect.port() != null && !redirect.port().isEmpty()) {
      differ("port of location", redirect.port(), port);
    } else if (!port.isEmpty()
        && !port.equals(seen.getScheme().toLowerCase(Locale.ROOT).equals("https") ? "443" : "80")) {
      differences.add("port of location: expected none or that of the scheme, seen " + port);
    }
  }

  private URI requestUri() {
    return URI.create(request.scheme() + "://" + request.authority() + request.target());
  }

  private void differ(String what, @Nullable String wanted, @Nullable String seen) {
    if (!Objects.equals(wanted, seen)) {
      differences.add(what + ": expected '" + wanted + "', seen '" + seen + "'");
    }
  }

  private static String withoutBlanks(String text) {
    return text.replaceAll("\\s", "");
  }

  private static String squeezed(String pem) {
    return withoutBlanks(pem);
  }
}
