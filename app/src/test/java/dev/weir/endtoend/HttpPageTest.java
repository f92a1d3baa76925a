package dev.weir.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What docs/http.md says of HTTP/1.1 is what a gateway does. */
@ExtendWith(NoLeaks.class)
@TestInstance(Lifecycle.PER_CLASS)
class HttpPageTest {
  private static final String GET = "GET /a HTTP/1.1|Host: h|";
  private static final String POST = "POST /a HTTP/1.1|Host: h|";
  private static final String CHUNKED = POST + "Transfer-Encoding: chunked||";

  /** Requests for each row of "What happens to a request that is wrong". */
  private static final Map<String, List<String>> WRONG = new LinkedHashMap<>();

  static {
    WRONG.put(
        "CR without LF, LF without CR",
        List.of(
            "GET /a HTTP/1.1\nHost: h||",
            "GET /a HTTP/1.1\rHost: h||",
            GET + "A: b\n|",
            GET + "A: b\rc||",
            GET + "\n"));
    WRONG.put(
        "no valid method, target or version",
        List.of(
            "G(T /a HTTP/1.1|Host: h||",
            " /a HTTP/1.1|Host: h||",
            "GET  HTTP/1.1|Host: h||",
            "GET a HTTP/1.1|Host: h||",
            "GET /a b HTTP/1.1|Host: h||",
            "GET /a|Host: h||",
            "GET /a HTTP/1|Host: h||",
            "GET /a http/1.1|Host: h||"));
    WRONG.put(
        "version other than HTTP/1.1 and HTTP/1.0",
        List.of("GET /a HTTP/2.0|Host: h||", "GET /a HTTP/1.2|Host: h||", "GET /a HTTP/0.9||"));
    WRONG.put("`CONNECT`", List.of("CONNECT h:443 HTTP/1.1|Host: h||"));
    WRONG.put("`*` as target of a method other than OPTIONS", List.of("GET * HTTP/1.1|Host: h||"));
    WRONG.put(
        "target in absolute form of another scheme than http and https",
        List.of("GET ftp://h/a HTTP/1.1|Host: h||"));
    WRONG.put(
        "no `Host` in HTTP/1.1, more than one, or no valid one",
        List.of(
            "GET /a HTTP/1.1||",
            GET + "Host: h||",
            "GET /a HTTP/1.1|Host: ||",
            "GET /a HTTP/1.1|Host: a b||",
            "GET /a HTTP/1.1|Host: u@h||",
            "GET /a HTTP/1.1|Host: h:65536||"));
    WRONG.put(
        "white space before a field's colon, or at the start of a line (folding)",
        List.of(GET + "A : b||", GET + "A: b| c||", "GET /a HTTP/1.1| Host: h||"));
    WRONG.put(
        "field without colon, name that is no token, control character in a value",
        List.of(
            GET + "A||",
            GET + "A(: b||",
            GET + ": b||",
            GET + "A: b\u0000||",
            GET + "A: \u007f||"));
    WRONG.put(
        "`Content-Length` repeated, a list, or no decimal number",
        List.of(
            POST + "Content-Length: 1|Content-Length: 1||a",
            POST + "Content-Length: 1, 1||a",
            POST + "Content-Length: +1||a",
            POST + "Content-Length: 0x1||a",
            POST + "Content-Length: -1||",
            POST + "Content-Length: ||",
            POST + "Content-Length: 99999999999999999999||"));
    WRONG.put(
        "`Content-Length` with `Transfer-Encoding`",
        List.of(POST + "Content-Length: 5|Transfer-Encoding: chunked||0||"));
    WRONG.put(
        "`Transfer-Encoding` in HTTP/1.0, repeated, or without `chunked` once and last",
        List.of(
            "POST /a HTTP/1.0|Host: h|Transfer-Encoding: chunked||0||",
            POST + "Transfer-Encoding: chunked|Transfer-Encoding: chunked||0||",
            POST + "Transfer-Encoding: chunked, gzip||0||",
            POST + "Transfer-Encoding: chunked, chunked||0||",
            POST + "Transfer-Encoding: gzip||0||",
            POST + "Transfer-Encoding: ||0||"));
    WRONG.put(
        "transfer coding before `chunked`",
        List.of(POST + "Transfer-Encoding: gzip, chunked||0||"));
    WRONG.put(
        "`Expect` other than `100-continue`",
        List.of(POST + "Expect: 200-ok|Content-Length: 1||a"));
    WRONG.put(
        "chunk size that is no hexadecimal number, white space at it, no CRLF behind chunk data",
        List.of(
            CHUNKED + "x|a|0||",
            CHUNKED + " 1|a|0||",
            CHUNKED + "1 |a|0||",
            CHUNKED + "1\na|0||",
            CHUNKED + "1|ab|0||",
            CHUNKED + "fffffffffffffffff|a"));
    WRONG.put("path that is not acceptable", List.of("GET /../a HTTP/1.1|Host: h||"));
    WRONG.put("target too long", List.of("GET /" + "a".repeat(16 * 1024) + " HTTP/1.1|Host: h||"));
    WRONG.put(
        "head too large, too many fields",
        List.of(GET + "A: " + "b".repeat(60 * 1024) + "||", GET + "A: b|".repeat(100) + "|"));
    // With the default of 10 s: the tests of the proxy have a clock of their own for it.
    WRONG.put("head or body that does not come in time", List.of());
  }

  private final BlockingQueue<String> seen = new LinkedBlockingQueue<>();
  private ScriptedServer server;
  private TestGateway gateway;

  private static String page() throws IOException {
    return Files.readString(Path.of("../docs/http.md"));
  }

  /** Rows of the table that begins with this head. */
  private static List<String[]> rows(String head) throws IOException {
    return page()
        .substring(page().indexOf(head))
        .lines()
        .takeWhile(line -> line.startsWith("|"))
        .skip(2)
        .map(line -> line.substring(2).split(" \\| ?"))
        .toList();
  }

  @BeforeAll
  void start(@TempDir Path dir) throws Exception {
    server =
        ScriptedServer.start(peer -> {
          while (true) {
            seen.add(message(peer));
            peer.send("HTTP/1.1 200 OK|Content-Length: 2||ok");
          }
        });
    gateway = TestGateway.start(dir, Yaml.backend("all", server.address()), Yaml.route("all", "/"));
  }

  /** A message, with the trailers of a chunked one. */
  private static String message(Peer peer) throws IOException {
    String head = peer.readHead();
    if (!head.contains("chunked")) {
      return head;
    }
    StringBuilder body = new StringBuilder(peer.readUntil("\r\n0\r\n"));
    String line;
    do {
      line = peer.readUntil("\r\n");
      body.append(line);
    } while (!line.equals("\r\n"));
    return head + body;
  }

  @AfterAll
  void stop() throws IOException {
    gateway.close();
    server.close();
  }

  @BeforeEach
  void forget() {
    seen.clear();
  }

  private String next() throws InterruptedException {
    String head = seen.poll(20, TimeUnit.SECONDS);
    assertThat(head).isNotNull();
    return head;
  }

  @Test
  void everyRowHasItsRequests() throws Exception {
    assertThat(rows("| case | answer | RFC |").stream().map(row -> row[0]))
        .containsExactlyElementsOf(WRONG.keySet());
  }

  static Stream<String> wrong() {
    return WRONG.keySet().stream();
  }

  @ParameterizedTest
  @MethodSource
  void wrong(String row) throws Exception {
    Map<String, String> answers = new HashMap<>();
    rows("| case | answer | RFC |").forEach(cells -> answers.put(cells[0], cells[1]));
    Matcher answer = Pattern.compile("(\\d{3}) `([a-z-]+)`").matcher(answers.get(row));
    assertThat(answer.matches()).isTrue();
    for (String request : WRONG.getOrDefault(row, List.of())) {
      try (Peer client = Peer.connect(gateway.http())) {
        String reply = client.send(request).end().readAll();
        assertThat(reply)
            .as(request)
            .startsWith("HTTP/1.1 " + answer.group(1) + " ")
            .contains("\r\nConnection: close\r\n")
            .contains("\r\nweir-reason: " + answer.group(2) + "\r\n")
            .endsWith("\r\n\r\n")
            .containsOnlyOnce("HTTP/1.1 ");
      }
    }
    if (!row.startsWith("chunk size")) {
      assertThat(seen).isEmpty();
    }
  }

  @Test
  void pathsBecomeWhatThePageSays() throws Exception {
    List<String[]> rows = rows("| sent | becomes | |");
    assertThat(rows).hasSizeGreaterThan(10);
    for (String[] row : rows) {
      String sent = row[0].replace("`", "");
      String answer = Peer.ask(gateway.http(), "GET " + sent + " HTTP/1.1|Host: h||");
      if (row[1].startsWith("`")) {
        assertThat(answer).as(sent).contains(" 200 OK");
        assertThat(next()).as(sent).startsWith("GET " + row[1].replace("`", "") + " HTTP/1.1\r\n");
      } else {
        assertThat(answer).as(sent).startsWith("HTTP/1.1 " + row[1] + " ");
      }
    }
    assertThat(seen).isEmpty();
  }

  @Test
  void backendsAreToldWhoAsked() throws Exception {
    Peer.ask(
        gateway.http(),
        GET
            + "X-Forwarded-For: 192.0.2.1|X-Forwarded-Proto: https|X-Forwarded-Host: evil|"
            + "X-Forwarded-Port: 1|X-Forwarded-Client-Cert: By=evil|Forwarded: for=evil|"
            + "X-Request-Id: mine||");
    String head = next();
    assertThat(head)
        .containsIgnoringCase("\r\nX-Forwarded-For: 127.")
        .containsIgnoringCase("\r\nX-Forwarded-Proto: http\r\n")
        .containsIgnoringCase("\r\nX-Forwarded-Host: h\r\n")
        .containsIgnoringCase("\r\nX-Request-Id: mine\r\n")
        .doesNotContain("evil", "192.0.2.1")
        .doesNotContainIgnoringCase("\r\nForwarded:")
        .doesNotContainIgnoringCase("X-Forwarded-Port");
    Peer.ask(gateway.http(), GET + "|");
    assertThat(next()).containsPattern("(?i)\r\nX-Request-Id: [0-9a-f]{32}\r\n");
  }

  @Test
  void changesWhatThePageSays() throws Exception {
    Peer.ask(
        gateway.http(),
        "|GET HTTP://Shop.Example:/a?b HTTP/1.1|Host: other|"
            + "Connection: X-Mine, Authorization, X-Forwarded-For|X-Mine: 1|Authorization: a|"
            + "Keep-Alive: 1|Proxy-Connection: x|Proxy-Authorization: p|HTTP2-Settings: s|"
            + "TE: trailers, gzip|Upgrade: h2c|mIxEd:  value \t|Accept: 1|Accept: 2||");
    String head = next();
    assertThat(head)
        .startsWith("GET /a?b HTTP/1.1\r\nHost: Shop.Example\r\n")
        .contains("\r\nAuthorization: a\r\n", "\r\nmIxEd:  value\r\nAccept: 1\r\nAccept: 2\r\n")
        .contains("\r\nConnection: TE\r\n")
        .containsIgnoringCase("\r\nte: trailers\r\n")
        .doesNotContainIgnoringCase("X-Mine")
        .doesNotContainIgnoringCase("Keep-Alive")
        .doesNotContainIgnoringCase("Proxy-")
        .doesNotContainIgnoringCase("HTTP2-Settings")
        .doesNotContainIgnoringCase("gzip")
        .doesNotContainIgnoringCase("Upgrade");
    Peer.ask(gateway.http(), "POST /a HTTP/1.0|Host: h|Expect: 100-continue||");
    assertThat(next())
        .startsWith("POST /a HTTP/1.1\r\n")
        .contains("\r\nContent-Length: 0\r\n")
        .doesNotContain("Expect");
    Peer.ask(gateway.http(), CHUNKED + "3;ext=1|abc|0|A: b|Host: evil||");
    assertThat(next())
        .contains("\r\nTransfer-Encoding: chunked\r\n")
        .endsWith("\r\n\r\n3\r\nabc\r\n0\r\nA: b\r\n\r\n")
        .doesNotContain("ext=1", "evil");
    Peer.ask(gateway.http(), GET + "Connection: upgrade|Upgrade: other||");
    assertThat(next()).contains("\r\nUpgrade: other\r\n", "\r\nConnection: upgrade\r\n");
  }

  @Test
  void connectionsStayAsThePageSays() throws Exception {
    try (Peer client = Peer.connect(gateway.http())) {
      String one = "GET /one HTTP/1.1|Host: h||";
      client.send(one + one.replace("one", "two") + GET + "Connection: close||");
      assertThat(client.readMessage()).doesNotContain("Connection:");
      assertThat(client.readMessage()).doesNotContain("Connection:");
      assertThat(client.readMessage()).contains("\r\nConnection: close\r\n");
      assertThat(client.ended()).isTrue();
    }
    assertThat(next()).startsWith("GET /one ");
    assertThat(next()).startsWith("GET /two ");
    try (Peer old = Peer.connect(gateway.http())) {
      old.send("GET /a HTTP/1.0|Connection: keep-alive||");
      assertThat(old.readMessage()).contains("\r\nConnection: keep-alive\r\n");
      old.send("GET /a HTTP/1.0||");
      assertThat(old.readMessage()).contains("\r\nConnection: close\r\n");
      assertThat(old.ended()).isTrue();
    }
  }

  /** Comments of the code name headings of the page. */
  @Test
  void headingsThatTheCodeNamesAreThere() throws Exception {
    Pattern reference = Pattern.compile("docs/http\\.md\\}?,\\s*(?:\\*\\s*)?\"([^\"]+)\"");
    String page = page();
    int found = 0;
    for (String module : List.of("core", "proxy")) {
      try (Stream<Path> files = Files.walk(Path.of("..", module, "src/main/java"))) {
        for (Path file : files.filter(each -> each.toString().endsWith(".java")).toList()) {
          String text = Files.readString(file);
          Matcher matcher = reference.matcher(text);
          while (matcher.find()) {
            String heading = matcher.group(1).replaceAll("\\s*\\n\\s*\\*\\s*", " ");
            assertThat(page)
                .as(file.toString())
                .containsPattern("(?m)^##+ " + Pattern.quote(heading) + "$");
            found++;
          }
          assertThat(text.split("docs/http\\.md", -1).length - 1)
              .as("headings named in %s", file)
              .isEqualTo((int) reference.matcher(text).results().count());
        }
      }
    }
    assertThat(found).isGreaterThan(3);
  }
}
