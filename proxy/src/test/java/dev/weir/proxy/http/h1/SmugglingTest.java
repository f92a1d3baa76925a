package dev.weir.proxy.http.h1;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The corpus over real sockets: each case must give exactly as many requests as it says, and the
 * refusal it says, whole and byte by byte.
 */
@ExtendWith(Leaks.class)
class SmugglingTest {
  private static final Pattern STATUS = Pattern.compile("HTTP/1\\.1 (\\d{3}) ");
  private static final BlockingQueue<Served> SERVED = new LinkedBlockingQueue<>();
  private static Ground ground;

  @BeforeAll
  static void open() throws Exception {
    ground = new Ground();
    ground.serve(Served.atEnd(SERVED, served -> served.reply(200, "")));
  }

  @AfterAll
  static void close() {
    ground.close();
  }

  @BeforeEach
  void forget() {
    SERVED.clear();
  }

  static Stream<Requests.Case> cases() {
    return Requests.all().stream();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void inOnePiece(Requests.Case request) throws Exception {
    try (Peer client = ground.client()) {
      client.send(request.bytes()).end();
      check(request, client.readAll());
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void byteByByte(Requests.Case request) throws Exception {
    try (Peer client = ground.client()) {
      for (byte b : request.bytes()) {
        if (client.answered() && request.status() != null) {
          break;
        }
        if (!sent(client, b)) {
          check(request, answers(client, request));
          return;
        }
      }
      client.end();
      check(request, answers(client, request));
    }
  }

  /**
   * After what the client itself called its last request, further bytes are answered by a reset.
   */
  private static String answers(Peer client, Requests.Case request) throws IOException {
    return request.status() == null ? client.readAllUntilReset() : client.readAll();
  }

  /** Sends a byte; false if the socket is closed, as it may be after the last answer. */
  private static boolean sent(Peer client, byte b) throws IOException {
    try {
      client.send(new byte[] {b});
      return true;
    } catch (SocketException closed) {
      return false;
    }
  }

  private static void check(Requests.Case request, String answers) {
    List<String> expected = new ArrayList<>();
    if (request.status() == null) {
      for (int i = 0; i < request.arriving(); i++) {
        expected.add("200");
      }
    } else {
      // Where a body breaks, its request has arrived but is not answered by the receiver.
      expected.add(request.status());
    }
    assertThat(STATUS.matcher(answers).results().map(MatchResult::group))
        .map(line -> line.substring(9, 12))
        .as(answers)
        .isEqualTo(expected);
    assertThat(SERVED).as("requests").hasSize(request.arriving());
    if (request.status() != null) {
      assertThat(answers).contains("Connection: close\r\n").contains("weir-reason: ");
    }
  }
}
