package dev.weir.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.proxy.observe.AccessLog;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The access log of a gateway that runs. */
@ExtendWith(NoLeaks.class)
class AccessLogTest {
  private static final Pattern TEXT_LINE =
      Pattern.compile(
          "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z 127\\.[0-9.]+ "
              + "(\"-\" \\d{3} \\S+|\"[A-Z]+ (?:[^\"\\\\]|\\\\.)* HTTP/(1\\.1|2)\" \\d{3} \\d+B \\d+\\.\\d{3}ms"
              + "( HTTPRoute/\\S+)?( -> [0-9.:]+)?)( reason=[a-z-]+ \\(.*\\))?");
  private static final Pattern FIELD = Pattern.compile("`([a-zA-Z]+)`");

  /** What a client may send to look like another line, or like another part of its own. */
  private static final String EVIL =
      "\",\"status\":200}\u0085{\"a\":\"\\\\\"'%0d%0a%22\u00ff\u00e2\u0080\u00a8\t<script>";

  private static final int DATA = 0;
  private static final int HEADERS = 1;
  private static final int RST_STREAM = 3;
  private static final int SETTINGS = 4;
  private static final int GOAWAY = 7;

  @TempDir private Path dir;

  private ScriptedServer server;
  private Path log;

  @BeforeEach
  void start() throws IOException {
    server = ScriptedServer.answering("hello");
    log = dir.resolve("access.log");
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
  }

  private TestGateway gateway(AccessLog.Format format) throws IOException {
    return TestGateway.start(
        dir,
        options -> options.withAccessLog(log, format),
        List.of(TestGateway.HTTP_LISTENER),
        Yaml.backend("shop", server.address()),
        Yaml.route("shop", "/shop"));
  }

  /** The lines of a log, once there are that many. */
  private List<String> lines(int count) throws Exception {
    Eventually.holds(
        count + " lines are written",
        () -> Files.readString(log, StandardCharsets.US_ASCII).lines().count() >= count);
    List<String> lines = Files.readAllLines(log, StandardCharsets.US_ASCII);
    assertThat(lines).hasSize(count);
    return lines;
  }

  @Test
  void everyFieldIsThere() throws Exception {
    try (TestGateway gateway = gateway(AccessLog.Format.JSON)) {
      Peer.ask(
          gateway.http(),
          "POST /shop/../shop/a?b=c HTTP/1.1|Host: shop.example:80|User-Agent: test/1|"
              + "X-Request-Id: 42|Content-Length: 3||abc");
      Peer.ask(gateway.http(), "GET /nowhere HTTP/1.1|Host: h||");
      Peer.ask(gateway.http(), "GET /shop HTTP/1.1|Host: h|Bad Field: 1||");

      List<JsonNode> lines = new ArrayList<>();
      for (String line : lines(3)) {
        lines.add(JsonMapper.shared().readTree(line));
      }
      lines.sort((a, b) -> Integer.compare(a.get("status").asInt(), b.get("status").asInt()));

      JsonNode forwarded = lines.get(0);
      assertThat(forwarded.propertyNames())
          .containsExactly(
              "time",
              "client",
              "listener",
              "protocol",
              "method",
              "host",
              "path",
              "status",
              "route",
              "cluster",
              "endpoint",
              "attempts",
              "bytesReceived",
              "bytesSent",
              "durationMs",
              "upstreamMs",
              "requestId",
              "userAgent");
      assertThat(forwarded.get("time").asString())
          .matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z");
      assertThat(forwarded.get("client").asString()).startsWith("127.");
      assertThat(forwarded.get("listener").asString()).isEqualTo("Gateway/default/edge/port/8080");
      assertThat(forwarded.get("protocol").asString()).isEqualTo("HTTP/1.1");
      assertThat(forwarded.get("method").asString()).isEqualTo("POST");
      assertThat(forwarded.get("host").asString()).isEqualTo("shop.example:80");
      assertThat(forwarded.get("path").asString()).isEqualTo("/shop/a?b=c");
      assertThat(forwarded.get("status").asInt()).isEqualTo(200);
      assertThat(forwarded.get("route").asString())
          .isEqualTo("HTTPRoute/default/shop/rule/0/match/0");
      assertThat(forwarded.get("cluster").asString()).isEqualTo("Backend/default/shop");
      assertThat(forwarded.get("endpoint").asString())
          .isEqualTo(server.address().getAddress().getHostAddress() + ":8000");
      assertThat(forwarded.get("attempts").asInt()).isOne();
      assertThat(forwarded.get("bytesReceived").asInt()).isEqualTo(3);
      assertThat(forwarded.get("bytesSent").asInt()).isEqualTo(5);
      assertThat(forwarded.get("durationMs").asDouble())
          .isGreaterThanOrEqualTo(forwarded.get("upstreamMs").asDouble());
      assertThat(forwarded.get("requestId").asString()).isEqualTo("42");
      assertThat(forwarded.get("userAgent").asString()).isEqualTo("test/1");

      JsonNode refused = lines.get(1);
      assertThat(refused.propertyNames())
          .containsExactly("time", "client", "listener", "status", "reason", "detail");
      assertThat(refused.get("status").asInt()).isEqualTo(400);
      assertThat(refused.get("reason").asString()).isEqualTo("bad-request");

      JsonNode unrouted = lines.get(2);
      assertThat(unrouted.get("status").asInt()).isEqualTo(404);
      assertThat(unrouted.get("reason").asString()).isEqualTo("no-route");
      assertThat(unrouted.get("detail").asString()).isNotEmpty();
      assertThat(unrouted.propertyNames()).doesNotContain("route", "cluster", "endpoint");

      Set<String> documented = documented();
      lines.forEach(line -> assertThat(line.propertyNames()).isSubsetOf(documented));
    }
  }

  /** The fields that docs/running.md explains. */
  private static Set<String> documented() throws IOException {
    String page = Files.readString(Path.of("../docs/running.md"));
    String table = page.substring(page.indexOf("| field | of |"), page.indexOf("## Metrics"));
    Set<String> fields = new HashSet<>();
    table
        .lines()
        .filter(row -> row.startsWith("| `"))
        .map(row -> row.substring(0, row.indexOf('|', 1)))
        .forEach(
            cell -> FIELD.matcher(cell).results().forEach(field -> fields.add(field.group(1))));
    return fields;
  }

  @ParameterizedTest
  @EnumSource
  void nobodyForgesALine(AccessLog.Format format) throws Exception {
    try (TestGateway gateway = gateway(format)) {
      List<String> requests =
          List.of(
              "GET /shop/a\"b\\c'd HTTP/1.1|Host: h||",
              "GET /shop/%0d%0a2026-01-01T00:00:00.000Z%20127.0.0.1 HTTP/1.1|Host: h||",
              "GET /shop?" + EVIL.replace("\t", "") + " HTTP/1.1|Host: h||",
              "GET /shop HTTP/1.1|Host: h\"x||",
              "GET /shop HTTP/1.1|Host: h|User-Agent: " + EVIL + "||",
              "GET /shop HTTP/1.1|Host: h|X-Request-Id: " + EVIL + "||",
              "GET /shop HTTP/1.1|Host: h|X-Forwarded-For: " + EVIL + "||",
              "GET /shop HTTP/1.1|Host: h|User-Agent: a\rb||",
              "GET /shop HTTP/1.1|Host: h|User-Agent: a\nb||",
              "GET /shop HTTP/1.1|Host: h|User-Agent: a\u0000b||",
              "GET /shop HTTP/1.1|Host: h|User-Agent: a\u001b[2Jb||",
              "GET /shop\u001b[2J HTTP/1.1|Host: h||",
              "G\"ET /shop HTTP/1.1|Host: h||",
              "GET /shop HTTP/1.1\" 200|Host: h||");
      for (String request : requests) {
        Peer.ask(gateway.http(), request);
      }

      List<String> lines = lines(requests.size());

      for (String line : lines) {
        assertThat(line).matches("[ -~]+");
        if (format == AccessLog.Format.TEXT) {
          assertThat(line).matches(TEXT_LINE);
        } else {
          JsonNode object = JsonMapper.shared().readTree(line);
          assertThat(documented()).containsAll(object.propertyNames());
          assertThat(object.get("client").asString()).startsWith("127.");
        }
      }
      if (format == AccessLog.Format.JSON) {
        String agent = EVIL.strip();
        assertThat(lines)
            .anyMatch(line ->
                JsonMapper.shared().readTree(line).path("userAgent").asString("").equals(agent));
      }
    }
  }

  /**
   * HTTP/2 gives every field a length, so that anything could stand in it: line breaks, escapes for
   * terminals, quotes.
   */
  @ParameterizedTest
  @EnumSource
  void nobodyForgesALineByHttp2(AccessLog.Format format) throws Exception {
    String forged =
        format == AccessLog.Format.TEXT
            ? "2026-01-01T00:00:00.000Z 127.0.0.1 \"GET h/forged HTTP/2\" 200 5B 0.100ms"
            : "{\"time\":\"2026-01-01T00:00:00.000Z\",\"client\":\"127.0.0.1\",\"status\":200}";
    List<String> evils =
        List.of(
            "\r\n" + forged,
            "\n" + forged + "\n",
            "\r" + forged,
            "\u0000" + forged,
            "\u001b[2K\u001b[1A" + forged,
            "\u0085" + forged,
            "\u00e2\u0080\u00a8" + forged,
            "\u007f\u009b2K",
            "\" 200 5B 0.1ms",
            "\",\"status\":200,\"x\":\"",
            "\\",
            EVIL);
    try (TestGateway gateway = gateway(format)) {
      List<List<String>> requests = new ArrayList<>();
      for (String evil : evils) {
        requests.add(fields("GET", "h", "/shop/a" + evil));
        requests.add(fields("GET", "h", "/shop?a" + evil));
        requests.add(fields("GET", "h" + evil, "/shop"));
        requests.add(fields("GET" + evil, "h", "/shop"));
        requests.add(fields("GET", "h", "/shop", "user-agent", "a" + evil));
        requests.add(fields("GET", "h", "/shop", "x-request-id", "a" + evil));
        requests.add(fields("GET", "h", "/shop", "x-forwarded-for", "a" + evil));
        requests.add(fields("GET", "h", "/shop", "x-a" + evil, "b"));
      }
      for (List<String> request : requests) {
        askByHttp2(gateway, request);
      }
      askByHttp2(
          gateway, fields("GET", "h", "/shop", "user-agent", "good-one", "x-request-id", "z"));
      String last = format == AccessLog.Format.TEXT ? "\"GET h/shop HTTP/2\" 200" : "good-one";
      Eventually.holds(
          "the last is written",
          () -> Files.readString(log, StandardCharsets.US_ASCII).contains(last));

      List<String> lines = Files.readAllLines(log, StandardCharsets.US_ASCII);

      // What is no request at all may have no line; none has two.
      assertThat(lines).hasSizeBetween(evils.size(), requests.size() + 1);
      for (String line : lines) {
        assertThat(line).matches("[ -~]+");
        if (format == AccessLog.Format.TEXT) {
          assertThat(line).matches(TEXT_LINE).doesNotStartWith("2026-01-01T00:00:00.000Z");
        } else {
          JsonNode object = JsonMapper.shared().readTree(line);
          assertThat(documented()).containsAll(object.propertyNames());
          assertThat(object.get("time").asString()).isNotEqualTo("2026-01-01T00:00:00.000Z");
          assertThat(object.get("listener").asString()).isEqualTo("Gateway/default/edge/port/8080");
        }
      }
    }
  }

  private static List<String> fields(
      String method, String authority, String path, String... others) {
    List<String> fields = new ArrayList<>();
    fields.addAll(List.of(":method", method, ":scheme", "http", ":authority", authority));
    fields.addAll(List.of(":path", path));
    fields.addAll(List.of(others));
    return fields;
  }

  /**
   * A request on a connection of its own, with prior knowledge; waits for the end of its stream.
   *
   * @param fields names and values in turn, sent as they are
   */
  private static void askByHttp2(TestGateway gateway, List<String> fields) throws IOException {
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    for (int i = 0; i < fields.size(); i += 2) {
      block.write(0); // a literal that is not to be indexed (RFC 7541, section 6.2.2)
      literal(fields.get(i), block);
      literal(fields.get(i + 1), block);
    }
    try (Socket socket = new Socket()) {
      socket.connect(gateway.http());
      socket.setSoTimeout(20_000);
      DataOutputStream out = new DataOutputStream(socket.getOutputStream());
      ByteArrayOutputStream sent = new ByteArrayOutputStream();
      sent.writeBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      sent.writeBytes(new byte[] {0, 0, 0, SETTINGS, 0, 0, 0, 0, 0});
      sent.writeBytes(
          new byte[] {
            0, (byte) (block.size() >> 8), (byte) block.size(), HEADERS, 0x05, 0, 0, 0, 1
          });
      sent.writeBytes(block.toByteArray());
      out.write(sent.toByteArray());
      DataInputStream in = new DataInputStream(socket.getInputStream());
      try {
        while (true) {
          int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
          int type = in.readUnsignedByte();
          int flags = in.readUnsignedByte();
          int stream = in.readInt();
          in.skipNBytes(length);
          boolean ended = stream == 1 && (type == HEADERS || type == DATA) && (flags & 1) != 0;
          if (ended || type == RST_STREAM || type == GOAWAY) {
            return;
          }
        }
      } catch (EOFException | SocketException closed) {
        // The gateway has had enough of it.
      }
    }
  }

  /** Without Huffman code; lengths of 127 and more take a second byte (RFC 7541, section 5.1). */
  private static void literal(String text, ByteArrayOutputStream out) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    assertThat(bytes).hasSizeLessThan(127 + 128);
    if (bytes.length < 127) {
      out.write(bytes.length);
    } else {
      out.write(127);
      out.write(bytes.length - 127);
    }
    out.writeBytes(bytes);
  }

  @Test
  void theTextIsForPeople() throws Exception {
    try (TestGateway gateway = gateway(AccessLog.Format.TEXT)) {
      Peer.ask(gateway.http(), "GET /shop?a=b HTTP/1.1|Host: shop.example||");
      assertThat(lines(1).getFirst())
          .matches(TEXT_LINE)
          .contains(" \"GET shop.example/shop?a=b HTTP/1.1\" 200 5B ")
          .endsWith(
              "ms HTTPRoute/default/shop/rule/0/match/0 -> "
                  + server.address().getAddress().getHostAddress()
                  + ":8000");
    }
  }
}
