package dev.weir.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.endtoend.Program.Run;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that stay at one server: curl with its cookie jar, and raw ones. */
@ExtendWith(NoLeaks.class)
class SessionsTest {
  @RegisterExtension static final Parts PARTS = new Parts();

  private static final Pattern COOKIE =
      Pattern.compile("(?i)\r\nset-cookie: ([^;\r]+)([^\r]*)\r\n");

  @TempDir private Path dir;

  /** A route with these sessions to Backends by weight. */
  private static String route(String sessions, String... weights) {
    List<String> refs = new ArrayList<>();
    for (String weight : weights) {
      String[] parts = weight.split("=");
      refs.add(
          "{group: weir.dev, kind: Backend, name: %s, weight: %s}".formatted(parts[0], parts[1]));
    }
    return """
    apiVersion: gateway.networking.k8s.io/v1
    kind: HTTPRoute
    metadata: {name: sessions}
    spec:
      parentRefs: [{name: edge}]
      rules:
      - sessionPersistence: %s
        backendRefs: [%s]
    ---
    """
        .formatted(sessions, String.join(", ", refs));
  }

  /**
   * An answer.
   *
   * @param cookie name and value that it sets, or null
   * @param attributes of that cookie
   */
  private record Answer(String body, @Nullable String cookie, String attributes) {}

  private static Answer ask(InetSocketAddress gateway, @Nullable String cookie) throws IOException {
    String answer =
        Peer.ask(
            gateway,
            "GET / HTTP/1.1|Host: h|" + (cookie == null ? "" : "Cookie: " + cookie + "|") + "|");
    Matcher matcher = COOKIE.matcher(answer);
    boolean set = matcher.find();
    return new Answer(
        answer.substring(answer.indexOf("\r\n\r\n") + 4),
        set ? matcher.group(1) : null,
        set ? matcher.group(2) : "");
  }

  /** A session at each of these servers, by their bodies. */
  private static String sessionAt(String body, TestGateway gateway) throws IOException {
    for (int i = 0; i < 500; i++) {
      Answer answer = ask(gateway.http(), null);
      if (answer.body().equals(body)) {
        return String.valueOf(answer.cookie());
      }
    }
    throw new AssertionError("no request went to " + body);
  }

  @ParameterizedTest
  @ValueSource(strings = {"--http1.1", "--http2"})
  void curlStaysWhereItsJarSays(String version) throws Exception {
    Program curl = Program.needed("curl");
    TestCertificate certificate = TestCertificate.of("weir.test");
    Path authority = certificate.write(dir, "weir");
    try (ScriptedServer a = ScriptedServer.answering("a");
        ScriptedServer b = ScriptedServer.answering("b");
        ScriptedServer c = ScriptedServer.answering("c");
        TestGateway gateway =
            TestGateway.start(
                dir,
                options -> options,
                List.of(TestGateway.HTTPS_LISTENER),
                certificate.secret("server"),
                Yaml.backend("one", a.address(), b.address()),
                Yaml.backend("two", c.address()),
                route("{cookie: {name: stay}}", "one=1", "two=1"))) {
      Set<String> homes = new HashSet<>();
      for (int client = 0; client < 10; client++) {
        Path jar = dir.resolve("jar-" + client);
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < 4; i++) {
          Run run =
              curl.run(
                  "-sS",
                  version,
                  "--cacert",
                  authority.toString(),
                  "--resolve",
                  "weir.test:8443:" + gateway.ip(),
                  "--cookie",
                  jar.toString(),
                  "--cookie-jar",
                  jar.toString(),
                  gateway.secureUrl("/"));
          seen.add(run.succeeded());
        }
        assertThat(seen).hasSize(1);
        homes.addAll(seen);
        // Columns: domain, subdomains, path, secure, expires, name, value; curl marks HttpOnly.
        assertThat(Files.readString(jar))
            .containsPattern("#HttpOnly_weir.test\tFALSE\t/\tTRUE\t0\tstay\t[-_A-Za-z0-9]{32}\n");
      }
      assertThat(homes).hasSizeGreaterThan(1);
      PARTS.ran("curl", curl.run("--version").succeeded().lines().findFirst().orElse(""));
    }
  }

  @Test
  void sessionsOutliveChangesAndTheirWeight() throws Exception {
    try (ScriptedServer a = ScriptedServer.answering("a");
        ScriptedServer b = ScriptedServer.answering("b");
        ScriptedServer c = ScriptedServer.answering("c");
        ScriptedServer fresh = ScriptedServer.answering("fresh");
        TestGateway gateway =
            TestGateway.start(
                dir,
                Yaml.backend("old", a.address(), b.address()),
                Yaml.backend("new", c.address()),
                route("{cookie: {}}", "old=1", "new=1"))) {
      String atA = sessionAt("a", gateway);
      String atC = sessionAt("c", gateway);
      assertThat(atA).startsWith("weir-session-");

      gateway.write(
          Yaml.backend("old", fresh.address(), b.address(), a.address()),
          Yaml.backend("new", c.address()),
          route("{cookie: {}}", "old=0", "new=1"));
      Eventually.holds(
          "the weight is gone",
          () -> {
            for (int i = 0; i < 30; i++) {
              if (!ask(gateway.http(), null).body().equals("c")) {
                return false;
              }
            }
            return true;
          });
      for (int i = 0; i < 20; i++) {
        assertThat(ask(gateway.http(), atA)).isEqualTo(new Answer("a", null, ""));
        assertThat(ask(gateway.http(), atC)).isEqualTo(new Answer("c", null, ""));
      }

      // The server of the session goes: another session begins where new ones do.
      gateway.write(
          Yaml.backend("old", fresh.address(), b.address()),
          Yaml.backend("new", c.address()),
          route("{cookie: {}}", "old=0", "new=1"));
      Eventually.holds("the server is gone", () -> ask(gateway.http(), atA).body().equals("c"));
      Answer next = ask(gateway.http(), atA);
      assertThat(next.body()).isEqualTo("c");
      assertThat(next.attributes()).isEqualTo("; Path=/; HttpOnly; SameSite=Lax");
      assertThat(ask(gateway.http(), next.cookie())).isEqualTo(new Answer("c", null, ""));
    }
  }

  @Test
  void anotherGatewayProcessKnowsTheSessions() throws Exception {
    try (ScriptedServer a = ScriptedServer.answering("a");
        ScriptedServer b = ScriptedServer.answering("b")) {
      String[] objects = {
        Yaml.backend("one", a.address(), b.address()), route("{cookie: {name: stay}}", "one=1")
      };
      String atA;
      try (TestGateway gateway =
          TestGateway.start(Files.createDirectory(dir.resolve("1")), objects)) {
        atA = sessionAt("a", gateway);
      }
      try (TestGateway gateway =
          TestGateway.start(Files.createDirectory(dir.resolve("2")), objects)) {
        for (int i = 0; i < 20; i++) {
          assertThat(ask(gateway.http(), atA)).isEqualTo(new Answer("a", null, ""));
        }
      }
    }
  }

  @Test
  void permanentSessionsSayHowLongAndEnd() throws Exception {
    try (ScriptedServer a = ScriptedServer.answering("a");
        TestGateway gateway =
            TestGateway.start(
                dir,
                Yaml.backend("one", a.address()),
                route(
                    "{absoluteTimeout: 4s, cookie: {name: stay, lifetimeType: Permanent}}",
                    "one=1"))) {
      Answer first = ask(gateway.http(), null);
      assertThat(first.attributes()).isEqualTo("; Path=/; Max-Age=4; HttpOnly; SameSite=Lax");
      assertThat(ask(gateway.http(), first.cookie()).cookie()).isNull();
      // A client that keeps it for longer gets a new one all the same.
      Eventually.holds(
          "the session is over", () -> ask(gateway.http(), first.cookie()).cookie() != null);
    }
  }

  @Test
  void aValueThatWasMadeUpReachesNothing() throws Exception {
    try (ScriptedServer a = ScriptedServer.answering("a");
        ScriptedServer secret = ScriptedServer.answering("secret");
        TestGateway gateway =
            TestGateway.start(
                dir,
                Yaml.backend("one", a.address()),
                Yaml.backend("secret", secret.address()),
                route("{cookie: {name: stay}}", "one=1"),
                Yaml.route("secret", "/secret"))) {
      String good = String.valueOf(ask(gateway.http(), null).cookie());
      String address =
          Base64.getEncoder()
              .encodeToString(
                  (secret.address().getAddress().getHostAddress() + ":8000")
                      .getBytes(StandardCharsets.US_ASCII));
      for (String value :
          List.of(
              "stay=" + address, "stay=\"" + address + "\"", good + "A", good.replace('=', '~'))) {
        assertThat(ask(gateway.http(), value).body()).isEqualTo("a");
        assertThat(ask(gateway.http(), value).cookie()).startsWith("stay=");
      }
      assertThat(secret.connections()).isZero();
      assertThat(good).doesNotContain(a.address().getAddress().getHostAddress());
    }
  }

  @Test
  void aHeaderCarriesSessionsToo() throws Exception {
    try (ScriptedServer a = ScriptedServer.answering("a");
        ScriptedServer b = ScriptedServer.answering("b");
        TestGateway gateway =
            TestGateway.start(
                dir,
                Yaml.backend("one", a.address(), b.address()),
                route("{type: Header, header: {name: X-Session}, absoluteTimeout: 1h}", "one=1"))) {
      Set<String> homes = new HashSet<>();
      for (int client = 0; client < 20; client++) {
        String first = Peer.ask(gateway.http(), "GET / HTTP/1.1|Host: h||");
        Matcher token = Pattern.compile("\r\nx-session: ([^\r]{32})\r\n").matcher(first);
        assertThat(token.find()).isTrue();
        String body = first.substring(first.indexOf("\r\n\r\n") + 4);
        homes.add(body);
        for (int i = 0; i < 5; i++) {
          assertThat(
                  Peer.ask(
                      gateway.http(), "GET / HTTP/1.1|Host: h|x-SESSION: " + token.group(1) + "||"))
              .endsWith("\r\n\r\n" + body)
              .doesNotContain("x-session");
        }
      }
      assertThat(homes).containsExactlyInAnyOrder("a", "b");
    }
  }

  /** A policy for a Backend, with this spec beside its target. */
  private static String policy(String backend, String spec) {
    return """
    apiVersion: gateway.networking.x-k8s.io/v1alpha1
    kind: XBackendTrafficPolicy
    metadata: {name: %s}
    spec:
      targetRefs: [{group: weir.dev, kind: Backend, name: %s}]
      %s
    ---
    """
        .formatted(backend, backend, spec);
  }

  @Test
  void aPolicyKeepsTheClientsOfOneBackend() throws Exception {
    try (ScriptedServer a = ScriptedServer.answering("a");
        ScriptedServer b = ScriptedServer.answering("b");
        ScriptedServer c = ScriptedServer.answering("c");
        TestGateway gateway =
            TestGateway.start(
                dir,
                Yaml.backend("keeping", a.address(), b.address()),
                Yaml.backend("free", c.address()),
                policy("keeping", "sessionPersistence: {cookie: {name: stay}}"),
                """
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: both}
                spec:
                  parentRefs: [{name: edge}]
                  rules:
                  - backendRefs: [{group: weir.dev, kind: Backend, name: keeping}, {group: weir.dev, kind: Backend, name: free}]
                """)) {
      Set<String> kept = new HashSet<>();
      for (int i = 0; i < 60; i++) {
        Answer first = ask(gateway.http(), null);
        if (first.body().equals("c")) {
          assertThat(first.cookie()).isNull();
        } else {
          kept.add(first.body());
          assertThat(ask(gateway.http(), first.cookie()))
              .isEqualTo(new Answer(first.body(), null, ""));
        }
      }
      assertThat(kept).containsExactlyInAnyOrder("a", "b");
    }
  }

  @Test
  void aPolicyBoundsTheRetriesOfAllRoutesTogether() throws Exception {
    AtomicInteger requests = new AtomicInteger();
    try (ScriptedServer failing =
            ScriptedServer.start(peer -> {
              while (true) {
                peer.readHead();
                requests.incrementAndGet();
                peer.send("HTTP/1.1 502 Bad Gateway|Content-Length: 3||bad");
              }
            });
        TestGateway gateway =
            TestGateway.start(
                dir,
                Yaml.backend("failing", failing.address()),
                policy(
                    "failing",
                    "retryConstraint: {budget: {percent: 20, interval: 1h},"
                        + " minRetryRate: {count: 3, interval: 1h}}"),
                retrying("/one"),
                retrying("/two"))) {
      // The least that is always allowed, whoever asks for it.
      for (String path : List.of("/one", "/two", "/one")) {
        assertThat(Peer.ask(gateway.http(), "GET " + path + " HTTP/1.1|Host: h||"))
            .startsWith("HTTP/1.1 502 ");
      }
      assertThat(requests).hasValue(6);
      assertThat(Peer.ask(gateway.http(), "GET /two HTTP/1.1|Host: h||"))
          .startsWith("HTTP/1.1 503 ")
          .contains("weir-reason: retry-budget-spent\r\n");

      for (int i = 0; i < 96; i++) {
        Peer.ask(gateway.http(), "GET /one HTTP/1.1|Host: h||");
      }
      // A fifth of 125.
      assertThat(requests.get()).isBetween(120, 125);
    }
  }

  private static String retrying(String path) {
    return """
    apiVersion: gateway.networking.k8s.io/v1
    kind: HTTPRoute
    metadata: {name: retrying%s}
    spec:
      parentRefs: [{name: edge}]
      rules:
      - matches: [{path: {value: %s}}]
        retry: {codes: [502], attempts: 1, backoff: 1ms}
        backendRefs: [{group: weir.dev, kind: Backend, name: failing}]
    ---
    """
        .formatted(path.replace('/', '-'), path);
  }
}
