package dev.weir.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.proxy.http.h1.Requests;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The smuggling corpus through the whole proxy to a backend that writes down every byte and reads
 * it as strictly as HTTP allows: it must never see more requests than the client was entitled to.
 */
@ExtendWith(NoLeaks.class)
@TestInstance(Lifecycle.PER_CLASS)
class SmugglingTest {
  private static final Pattern STATUS = Pattern.compile("HTTP/1\\.1 (\\d{3}) ");
  private static final Set<String> REFUSALS =
      Set.of("400", "404", "408", "413", "414", "417", "421", "431", "501", "505");

  private final InetSocketAddress address = TestProxy.freeAddress();
  private final List<String> heads = new CopyOnWriteArrayList<>();
  private final List<String> nonsense = new CopyOnWriteArrayList<>();
  private Upstream upstream;
  private TestProxy proxy;

  @BeforeAll
  void start() throws Exception {
    upstream =
        Upstream.start(peer -> {
          while (true) {
            StrictRequest request = StrictRequest.read(peer);
            heads.add(request.head());
            if (!request.valid()) {
              nonsense.add(request.head());
              return;
            }
            peer.send("HTTP/1.1 200 OK|Content-Length: 0||");
          }
        });
    proxy =
        TestProxy.start(Plans.of(address, Plans.to("c"), Plans.cluster("c", upstream.address())));
  }

  @AfterAll
  void stop() throws IOException {
    proxy.close();
    upstream.close();
  }

  @BeforeEach
  void forget() {
    heads.clear();
    nonsense.clear();
  }

  /** All but the preface of HTTP/2, which means HTTP/2 here. */
  static Stream<Requests.Case> cases() {
    return Requests.all().stream().filter(request -> !request.name().equals("HTTP/2 preface"));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void neverMakesTwoRequestsOfOne(Requests.Case request) throws Exception {
    try (Peer client = Peer.connect(address)) {
      // Answered or closed, but not by us: a half-close would end the exchanges that run.
      client.send(request.bytes());
      StringBuilder answers = new StringBuilder();
      int expected = request.status() == null ? request.arriving() : 1;
      while (count(answers) < expected) {
        answers.append(client.readMessage());
      }
      assertThat(statuses(answers))
          .allMatch(status -> status.equals("200") || REFUSALS.contains(status), "a proper answer");
      if (request.status() != null) {
        assertThat(statuses(answers).getLast()).isEqualTo(request.status());
        assertThat(client.readAll()).isEmpty();
      }
    }
    TestProxy.await("the end of everything", () -> proxy.snapshot().getFirst().exchanges() == 0);
    assertThat(heads).hasSizeLessThanOrEqualTo(request.arriving());
    assertThat(nonsense).isEmpty();
    assertThat(proxy.completed).allMatch(seen -> seen.status() != 500);
    proxy.completed.clear();
  }

  private static int count(CharSequence answers) {
    return statuses(answers).size();
  }

  private static List<String> statuses(CharSequence answers) {
    return STATUS.matcher(answers).results().map((MatchResult found) -> found.group(1)).toList();
  }

  /**
   * A request as a backend reads it that knows nothing of leniency.
   *
   * @param valid whether head and body are what the standard lets a client send
   */
  private record StrictRequest(String head, boolean valid) {
    private static final Pattern LINE =
        Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+ [!-~]+ HTTP/1\\.1");
    private static final Pattern FIELD =
        Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+:[ \\t]*[\\t -~\\x80-\\xff]*");
    private static final Pattern LENGTH = Pattern.compile("(?i)content-length:[ \\t]*(\\d+)");
    private static final Pattern CODING = Pattern.compile("(?i)transfer-encoding:[ \\t]*chunked");

    static StrictRequest read(Peer peer) throws IOException {
      String head = peer.readHead();
      List<String> lines = List.of(head.substring(0, head.length() - 4).split("\r\n", -1));
      List<String> fields = lines.subList(1, lines.size());
      List<String> lengths = named(fields, "content-length:");
      List<String> codings = named(fields, "transfer-encoding:");
      boolean valid =
          LINE.matcher(lines.getFirst()).matches()
              && fields.stream().allMatch(field -> FIELD.matcher(field).matches())
              && named(fields, "host:").size() == 1
              && lengths.size() + codings.size() <= 1
              && lengths.stream().allMatch(field -> LENGTH.matcher(field).matches())
              && codings.stream().allMatch(field -> CODING.matcher(field).matches());
      if (valid) {
        valid = readBody(peer, lengths, codings);
      }
      return new StrictRequest(head, valid);
    }

    private static List<String> named(List<String> fields, String name) {
      return fields.stream()
          .filter(field -> field.regionMatches(true, 0, name, 0, name.length()))
          .toList();
    }

    private static boolean readBody(Peer peer, List<String> lengths, List<String> codings)
        throws IOException {
      if (!lengths.isEmpty()) {
        String value = lengths.getFirst().replaceAll("\\D", "");
        peer.skip(Long.parseLong(value));
        return true;
      }
      if (codings.isEmpty()) {
        return true;
      }
      try {
        while (true) {
          String size = peer.readUntil("\r\n");
          if (!size.matches("[0-9a-f]{1,8}\r\n")) {
            return false;
          }
          int length = Integer.parseInt(size.strip(), 16);
          if (length == 0) {
            String trailer = peer.readUntil("\r\n");
            while (FIELD.matcher(trailer.strip()).matches()) {
              trailer = peer.readUntil("\r\n");
            }
            return trailer.equals("\r\n");
          }
          peer.skip(length);
          if (!peer.read(2).equals("\r\n")) {
            return false;
          }
        }
      } catch (EOFException broken) {
        // The client broke it off: no request came of it.
        return true;
      }
    }
  }
}
