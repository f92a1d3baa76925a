package dev.weir.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.failure.Reason;
import dev.weir.proxy.plan.AddressRange;
import dev.weir.proxy.plan.HttpOptions;
import dev.weir.proxy.plan.HttpOptions.EscapedSlashes;
import dev.weir.proxy.plan.HttpOptions.PathNormalisation;
import dev.weir.proxy.plan.TrustedProxies;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of heads and bodies on their way through, over HTTP/1.1 on both sides. */
@ExtendWith(NoLeaks.class)
class MessagesTest {
  private static final String OK = "HTTP/1.1 200 OK|Content-Length: 2||ok";

  private final InetSocketAddress address = TestProxy.freeAddress();
  private final BlockingQueue<String> requests = new LinkedBlockingQueue<>();
  private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();
  private Upstream upstream;
  private TestProxy proxy;

  /** Gives the answers in the queue, then 200. */
  @BeforeEach
  void start() throws Exception {
    upstream =
        Upstream.start(peer -> {
          while (true) {
            requests.add(peer.readMessage());
            String answer = answers.poll();
            peer.send(answer == null ? OK : answer);
          }
        });
    proxy = TestProxy.start();
    install(TrustedProxies.NONE, PathNormalisation.DEFAULT);
  }

  @AfterEach
  void stop() throws Exception {
    TestProxy.await("the end of everything", () -> proxy.snapshot().getFirst().exchanges() == 0);
    proxy.close();
    upstream.close();
  }

  private void install(TrustedProxies trusted, PathNormalisation path) throws Exception {
    install(trusted, path, Set.of());
  }

  private void install(TrustedProxies trusted, PathNormalisation path, Set<String> upgrades)
      throws Exception {
    HttpOptions d = HttpOptions.DEFAULTS;
    HttpOptions options =
        new HttpOptions(
            d.maxHeaderBytes(),
            d.maxHeaderCount(),
            d.maxUriBytes(),
            d.maxBodyBytes(),
            d.maxConcurrentStreams(),
            d.connectionIdleNanos(),
            d.headerReadNanos(),
            d.requestReadNanos(),
            d.streamIdleNanos(),
            trusted,
            path,
            upgrades,
            d.reasonHeader());
    proxy.install(
        Plans.of(
            Plans.listener("test", address, Plans.to("c"), options),
            Plans.cluster("c", upstream.address())));
  }

  private String asked() throws InterruptedException {
    String request = requests.poll(10, TimeUnit.SECONDS);
    return request == null ? "nothing" : request;
  }

  /** The values of a field of a message, joined. */
  private static @Nullable String field(String message, String name) {
    List<String> values =
        message
            .lines()
            .takeWhile(line -> !line.isEmpty())
            .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(name + ":"))
            .map(line -> line.substring(name.length() + 1).strip())
            .toList();
    return values.isEmpty() ? null : String.join(" + ", values);
  }

  // --- bodies that are not there ----------------------------------------------------------------

  @ParameterizedTest
  @CsvSource({
    "HEAD, HTTP/1.1 200 OK|Content-Length: 1000||",
    "HEAD, HTTP/1.1 200 OK|Transfer-Encoding: chunked||",
    "HEAD, HTTP/1.1 404 Not Found|Content-Length: 9||",
    "GET, HTTP/1.1 204 No Content||",
    "GET, HTTP/1.1 304 Not Modified|Content-Length: 1000|ETag: x||",
    "GET, HTTP/1.1 304 Not Modified||",
    "OPTIONS, HTTP/1.1 204 No Content|Allow: GET||",
  })
  void aResponseWithoutABodyIsFollowedByTheNext(String method, String response) throws Exception {
    answers.add(response);
    try (Peer client = Peer.connect(address)) {
      // Both at once: whatever came behind the first head would be taken for the second.
      client.send(method + " /1 HTTP/1.1|Host: h||GET /2 HTTP/1.1|Host: h||");
      String first = client.readHead();
      assertThat(first).startsWith(response.substring(0, 12));
      assertThat(field(first, "content-length"))
          .isEqualTo(field(response.replace("|", "\n"), "content-length"));
      assertThat(client.readMessage()).startsWith("HTTP/1.1 200 ").endsWith("\r\n\r\nok");
      assertThat(upstream.connections()).isEqualTo(1);
    }
  }

  @Test
  void answersAMixOfPipelinedRequestsInOrder() throws Exception {
    for (String answer :
        List.of(
            "HTTP/1.1 200 OK|Content-Length: 1||1",
            "HTTP/1.1 200 OK|Content-Length: 5||",
            "HTTP/1.1 200 OK|Transfer-Encoding: chunked||1|3|0||",
            "HTTP/1.1 204 No Content||",
            "HTTP/1.1 201 Created|Content-Length: 1||5")) {
      answers.add(answer);
    }
    try (Peer client = Peer.connect(address)) {
      client.send(
          "GET /1 HTTP/1.1|Host: h||HEAD /2 HTTP/1.1|Host: h||"
              + "POST /3 HTTP/1.1|Host: h|Content-Length: 3||abc"
              + "DELETE /4 HTTP/1.1|Host: h||"
              + "PUT /5 HTTP/1.1|Host: h|Transfer-Encoding: chunked||2|de|0||"
              + "GET /6 HTTP/1.1|Host: h|Connection: close||");
      assertThat(client.readMessage()).endsWith("\r\n\r\n1");
      assertThat(client.readHead()).contains("Content-Length: 5\r\n");
      assertThat(client.readMessage()).endsWith("1\r\n3\r\n0\r\n\r\n");
      assertThat(client.readHead()).startsWith("HTTP/1.1 204 ");
      assertThat(client.readMessage()).startsWith("HTTP/1.1 201 ").endsWith("5");
      assertThat(client.readMessage()).contains("Connection: close\r\n").endsWith("ok");
      assertThat(client.ended()).isTrue();
    }
    for (int i = 1; i <= 6; i++) {
      assertThat(asked().split(" ")[1]).isEqualTo("/" + i);
    }
  }

  @Test
  void passesContinueAndTheBodyAfterIt() throws Exception {
    try (Upstream waiting =
            Upstream.start(peer -> {
              requests.add(peer.readHead());
              peer.send("HTTP/1.1 100 Continue||");
              requests.add(peer.read(3));
              peer.send(OK);
            });
        Peer client = Peer.connect(address)) {
      proxy.install(Plans.of(address, Plans.to("c"), Plans.cluster("c", waiting.address())));
      client.send("POST / HTTP/1.1|Host: h|Expect: 100-continue|Content-Length: 3||");
      assertThat(client.readHead()).isEqualTo("HTTP/1.1 100 Continue\r\n\r\n");
      assertThat(asked()).contains("Expect: 100-continue\r\n");
      client.send("abc");
      assertThat(asked()).isEqualTo("abc");
      assertThat(client.readMessage()).startsWith("HTTP/1.1 200 ");
    }
  }

  @Test
  void passesEarlyHintsBeforeTheResponse() throws Exception {
    answers.add("HTTP/1.1 103 Early Hints|Link: </a>||HTTP/1.1 103 Early Hints|Link: </b>||" + OK);
    try (Peer client = Peer.connect(address)) {
      client.send("GET / HTTP/1.1|Host: h||");
      assertThat(client.readHead()).startsWith("HTTP/1.1 103 ").contains("Link: </a>");
      assertThat(client.readHead()).startsWith("HTTP/1.1 103 ").contains("Link: </b>");
      assertThat(client.readMessage()).startsWith("HTTP/1.1 200 ");
    }
    // A client of 1.0 would not know what to do with them.
    answers.add("HTTP/1.1 103 Early Hints|Link: </a>||" + OK);
    try (Peer client = Peer.connect(address)) {
      assertThat(client.send("GET / HTTP/1.0|Host: h||").readMessage()).startsWith("HTTP/1.1 200 ");
    }
  }

  // --- fields of the connection ------------------------------------------------------------------

  @Test
  void fieldsOfTheConnectionEndHere() throws Exception {
    answers.add(
        "HTTP/1.1 200 OK|Content-Length: 2|Connection: X-Hop|X-Hop: 1|Keep-Alive: timeout=5|"
            + "Proxy-Authenticate: Basic|Upgrade: h2c|X-Stays: yes||ok");
    String answer =
        Peer.ask(
            address,
            "GET / HTTP/1.1|Host: h|Connection: X-Secret, keep-alive|X-Secret: 1|Keep-Alive: 5|"
                + "Proxy-Connection: close|Proxy-Authorization: Basic x|TE: gzip|X-Stays: yes|"
                + "Upgrade: h2c|HTTP2-Settings: x||");
    assertThat(asked().toLowerCase(Locale.ROOT))
        .contains("x-stays: yes\r\n")
        .doesNotContain(
            "x-secret", "keep-alive", "proxy-", "te:", "upgrade", "http2-settings", "connection");
    assertThat(answer.toLowerCase(Locale.ROOT))
        .contains("x-stays: yes\r\n")
        .doesNotContain("x-hop", "keep-alive", "proxy-", "upgrade", "connection");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "X-Forwarded-For",
        "Authorization",
        "Cookie",
        "Host",
        "Content-Length",
        "X-Request-Id"
      })
  void whatBackendsRelyOnCannotBeTakenAwayByListingIt(String name) throws Exception {
    String request =
        "POST / HTTP/1.1|Host: h|Connection: %s|Authorization: a|Cookie: c|X-Request-Id: id|"
            .formatted(name);
    assertThat(Peer.ask(address, request + "Content-Length: 3||abc")).endsWith("ok");
    String asked = asked();
    assertThat(asked).endsWith("\r\n\r\nabc");
    assertThat(field(asked, "authorization")).isEqualTo("a");
    assertThat(field(asked, "cookie")).isEqualTo("c");
    assertThat(field(asked, "host")).isEqualTo("h");
    assertThat(field(asked, "x-forwarded-for")).isEqualTo("127.0.0.1");
    assertThat(field(asked, "x-request-id")).isEqualTo("id");
  }

  @Test
  void aBackendThatClosesIsNotUsedAgain() throws Exception {
    answers.add("HTTP/1.1 200 OK|Content-Length: 2|Connection: close||ok");
    answers.add("HTTP/1.0 200 OK|Content-Length: 2||ok");
    answers.add("HTTP/1.0 200 OK|Content-Length: 2|Connection: keep-alive||ok");
    try (Peer client = Peer.connect(address)) {
      for (int i = 0; i < 4; i++) {
        assertThat(client.send("GET / HTTP/1.1|Host: h||").readMessage())
            .startsWith("HTTP/1.1 200 ")
            .doesNotContain("Connection")
            .endsWith("ok");
      }
    }
    assertThat(upstream.connections()).isEqualTo(3);
  }

  @ParameterizedTest
  @CsvSource({
    "HTTP/1.0, '', false",
    "HTTP/1.0, Connection: keep-alive|, true",
    "HTTP/1.1, '', true",
    "HTTP/1.1, Connection: close|, false",
    "HTTP/1.1, Connection: CLOSE|, false"
  })
  void keepsAClientsConnectionAsItWants(String version, String field, boolean kept)
      throws Exception {
    String request = "GET / " + version + "|Host: h|" + field + "|";
    try (Peer client = Peer.connect(address)) {
      String answer = client.send(request).readMessage();
      assertThat(field(answer, "connection"))
          .isEqualTo(!kept ? "close" : version.equals("HTTP/1.0") ? "keep-alive" : null);
      if (kept) {
        assertThat(client.send(request).readMessage()).endsWith("ok");
      } else {
        assertThat(client.ended()).isTrue();
      }
    }
  }

  // --- who asked ---------------------------------------------------------------------------------

  /** What a client that is no trusted proxy says of itself is nothing. */
  @Test
  void aStrangersForwardingFieldsAreReplaced() throws Exception {
    Peer.ask(
        address,
        "GET / HTTP/1.1|Host: real|X-Forwarded-For: 6.6.6.6|X-Forwarded-For: 7.7.7.7|"
            + "X-Forwarded-Proto: https|X-Forwarded-Host: evil|X-Forwarded-Port: 1|"
            + "Forwarded: for=6.6.6.6||");
    String asked = asked();
    assertThat(field(asked, "x-forwarded-for")).isEqualTo("127.0.0.1");
    assertThat(field(asked, "x-forwarded-proto")).isEqualTo("http");
    assertThat(field(asked, "x-forwarded-host")).isEqualTo("real");
    assertThat(field(asked, "x-forwarded-port")).isNull();
    assertThat(field(asked, "forwarded")).isNull();
    assertThat(proxy.seen().client()).isEqualTo("127.0.0.1");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          1 | 9.9.9.9             | 9.9.9.9   | 9.9.9.9, 127.0.0.1
          1 | 6.6.6.6, 9.9.9.9    | 9.9.9.9   | 6.6.6.6, 9.9.9.9, 127.0.0.1
          2 | 6.6.6.6, 9.9.9.9    | 6.6.6.6   | 6.6.6.6, 9.9.9.9, 127.0.0.1
          2 | 9.9.9.9             | 127.0.0.1 | 127.0.0.1
          1 | ''                  | 127.0.0.1 | 127.0.0.1
          1 | 6.6.6.6,, 9.9.9.9 , | 9.9.9.9   | 6.6.6.6,, 9.9.9.9 ,, 127.0.0.1
          1 | evil                | 127.0.0.1 | 127.0.0.1
          1 | [2001:db8::1]:4711  | 2001:db8::1 | [2001:db8::1]:4711, 127.0.0.1
          1 | 9.9.9.9:4711        | 9.9.9.9   | 9.9.9.9:4711, 127.0.0.1
          """)
  void aNumberOfTrustedHops(int hops, String chain, String client, String passedOn)
      throws Exception {
    install(new TrustedProxies.Hops(hops), PathNormalisation.DEFAULT);
    Peer.ask(
        address,
        "GET / HTTP/1.1|Host: h|X-Forwarded-Proto: https|X-Forwarded-For: " + chain + "||");
    String asked = asked();
    assertThat(proxy.seen().client()).isEqualTo(client);
    assertThat(field(asked, "x-forwarded-for")).isEqualTo(passedOn);
    // The other fields are believed with the chain, or not.
    assertThat(field(asked, "x-forwarded-proto"))
        .isEqualTo(passedOn.equals("127.0.0.1") ? "http" : "https");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          127.0.0.0/8              | 9.9.9.9            | 9.9.9.9
          127.0.0.0/8              | 6.6.6.6, 9.9.9.9   | 9.9.9.9
          127.0.0.0/8, 9.9.0.0/16  | 6.6.6.6, 9.9.9.9   | 6.6.6.6
          127.0.0.0/8, 0.0.0.0/0   | 6.6.6.6, 9.9.9.9   | 6.6.6.6
          127.0.0.0/8              | ''                 | 127.0.0.1
          10.0.0.0/8               | 9.9.9.9            | 127.0.0.1
          127.0.0.0/8              | 9.9.9.9, evil      | 127.0.0.1
          127.0.0.0/8, 2001:db8::/32 | 9.9.9.9, 2001:db8::7 | 9.9.9.9
          """)
  void rangesOfTrustedProxies(String ranges, String chain, String client) throws Exception {
    install(
        new TrustedProxies.Ranges(Stream.of(ranges.split(", ")).map(AddressRange::parse).toList()),
        PathNormalisation.DEFAULT);
    Peer.ask(address, "GET / HTTP/1.1|Host: h|X-Forwarded-For: " + chain + "||");
    assertThat(proxy.seen().client()).isEqualTo(client);
  }

  // --- paths -------------------------------------------------------------------------------------

  @ParameterizedTest
  @CsvSource({
    "/a/../b, /b",
    "/a/./b//c?q=/../x, /a/b//c?q=/../x",
    "/%61%2fb, /a%2fb",
    "/a/%2e%2e/b, /b",
    "http://other/x/../y?z, /y?z",
    "http://other, /",
    "http://other?q, /?q"
  })
  void theBackendGetsTheNormalPath(String target, String normal) throws Exception {
    Peer.ask(address, "GET " + target + " HTTP/1.1|Host: h||");
    String asked = asked();
    assertThat(asked).startsWith("GET " + normal + " HTTP/1.1\r\n");
    assertThat(field(asked, "host")).isEqualTo(target.startsWith("http") ? "other" : "h");
    // The log has it in the normal form, too.
    assertThat(proxy.seen().target()).isEqualTo(normal);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/..", "/a/../..", "/%2e%2e/etc", "/%00", "/a\\b", "/a%zz"})
  void aPathThatIsNoneIsRefused(String target) throws Exception {
    assertThat(Peer.ask(address, "GET " + target + " HTTP/1.1|Host: h||"))
        .startsWith("HTTP/1.1 400 ")
        .contains("Connection: close\r\n");
    assertThat(proxy.rejected.poll(10, TimeUnit.SECONDS))
        .extracting("reason")
        .isEqualTo(Reason.BAD_REQUEST);
    assertThat(requests).isEmpty();
  }

  @Test
  void slashesAreMergedAndEscapesRefusedIfSoWanted() throws Exception {
    install(TrustedProxies.NONE, new PathNormalisation(true, EscapedSlashes.REJECT));
    Peer.ask(address, "GET //a///b HTTP/1.1|Host: h||");
    assertThat(asked()).startsWith("GET /a/b HTTP/1.1\r\n");
    assertThat(Peer.ask(address, "GET /a%2Fb HTTP/1.1|Host: h||")).startsWith("HTTP/1.1 400 ");
    install(TrustedProxies.NONE, new PathNormalisation(false, EscapedSlashes.UNESCAPE));
    Peer.ask(address, "GET /a%2F..%2Fb HTTP/1.1|Host: h||");
    assertThat(asked()).startsWith("GET /b HTTP/1.1\r\n");
  }

  // --- tunnels -----------------------------------------------------------------------------------

  @Test
  void anUpgradeBecomesATunnelForAnyProtocol() throws Exception {
    try (Upstream chat =
            Upstream.start(peer -> {
              requests.add(peer.readHead());
              peer.send("HTTP/1.1 101 Switching Protocols|Connection: Upgrade|Upgrade: chat/2||hi");
              peer.readUntil("bye");
              peer.send("bye").end();
              requests.add(peer.readAll());
            });
        Peer client = Peer.connect(address)) {
      proxy.install(Plans.of(address, Plans.to("c"), Plans.cluster("c", chat.address())));
      client.send("GET /chat HTTP/1.1|Host: h|Connection: Upgrade|Upgrade: chat/2||early");
      assertThat(client.readHead()).startsWith("HTTP/1.1 101 ").contains("Upgrade: chat/2\r\n");
      assertThat(asked()).contains("Upgrade: chat/2\r\n").contains("Connection: upgrade\r\n");
      assertThat(client.read(2)).isEqualTo("hi");
      client.send("bye");
      assertThat(client.readAll()).isEqualTo("bye");
      client.send("last words").end();
      assertThat(asked()).isEqualTo("last words");
      TestProxy.Seen seen = proxy.seen();
      assertThat(seen.status()).isEqualTo(101);
      assertThat(seen.received()).isEqualTo("earlybyelast words".length());
      assertThat(seen.sent()).isEqualTo("hibye".length());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          chat/2            | true
          CHAT/2            | true
          websocket, chat/2 | true
          other             | false
          chat/2, other     | false
          h2c               | false
          """)
  void onlyListedProtocolsAreAskedFor(String protocols, boolean passes) throws Exception {
    install(TrustedProxies.NONE, PathNormalisation.DEFAULT, Set.of("websocket", "chat/2", "h2c"));
    assertThat(
            Peer.ask(
                address, "GET / HTTP/1.1|Host: h|Connection: Upgrade|Upgrade: " + protocols + "||"))
        .startsWith("HTTP/1.1 200 ");
    String asked = asked();
    assertThat(field(asked, "upgrade")).isEqualTo(passes ? protocols : null);
    assertThat(field(asked, "connection")).isEqualTo(passes ? "upgrade" : null);
  }

  @Test
  void anUpgradeThatIsRefusedIsAnOrdinaryResponse() throws Exception {
    answers.add("HTTP/1.1 426 Upgrade Required|Upgrade: chat/2|Content-Length: 2||no");
    try (Peer client = Peer.connect(address)) {
      client.send("GET /chat HTTP/1.1|Host: h|Connection: Upgrade|Upgrade: chat/1||");
      assertThat(client.readMessage()).startsWith("HTTP/1.1 426 ").contains("Upgrade: chat/2\r\n");
      assertThat(client.send("GET / HTTP/1.1|Host: h||").readMessage()).endsWith("ok");
    }
  }
}
