package dev.weir.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.failure.Reason;
import dev.weir.core.filter.CompiledFilter;
import dev.weir.proxy.plan.Action.Change;
import dev.weir.proxy.plan.Action.Redirect;
import dev.weir.proxy.plan.Action.Timeouts;
import dev.weir.proxy.plan.Action.WeightedBackend;
import dev.weir.proxy.plan.PathRewrite;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Backends of one route that do different things with its requests. */
@ExtendWith(NoLeaks.class)
class BackendActionTest {
  private static final CompiledFilter[] NO_FILTERS = {};

  private final InetSocketAddress address = TestProxy.freeAddress();

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  @Test
  void eachBackendHasItsOwnTargetOrRedirect() throws Exception {
    try (Upstream upstream =
            Upstream.start(peer -> {
              while (true) {
                String head = peer.readHead();
                String host = head.toLowerCase(java.util.Locale.ROOT).split("\r\nhost: ")[1];
                String seen = host.split("\r\n")[0] + head.split(" ")[1];
                peer.send("HTTP/1.1 200 OK|Content-Length: " + seen.length() + "||" + seen);
              }
            });
        TestProxy proxy =
            TestProxy.start(
                Plans.of(
                    address,
                    Plans.route(
                        Plans.forward(
                            new Timeouts(0, 0),
                            new WeightedBackend(
                                "c", 1, NO_FILTERS, Change.NONE, null, null, List.of()),
                            new WeightedBackend(
                                "c",
                                1,
                                NO_FILTERS,
                                new Change(new PathRewrite.Full(ascii("/own")), ascii("own")),
                                null,
                                null,
                                List.of()),
                            new WeightedBackend(
                                "nowhere",
                                1,
                                NO_FILTERS,
                                Change.NONE,
                                new Redirect(
                                    307, null, null, -1, new PathRewrite.Full(ascii("/other"))),
                                null,
                                List.of()))),
                    Plans.cluster("c", upstream.address())))) {
      Map<String, Integer> answers = new HashMap<>();
      for (int i = 0; i < 300; i++) {
        String answer = Peer.ask(address, "GET /a?q HTTP/1.1|Host: h||");
        if (answer.startsWith("HTTP/1.1 307 ")) {
          assertThat(answer).containsIgnoringCase("location: http://h/other?q\r\n");
          answers.merge("redirect", 1, Integer::sum);
        } else {
          answers.merge(answer.substring(answer.indexOf("\r\n\r\n") + 4), 1, Integer::sum);
        }
        TestProxy.Seen seen = proxy.seen();
        assertThat(seen.reason()).isEqualTo(seen.status() == 307 ? Reason.REDIRECT : null);
        assertThat(seen.cluster()).isEqualTo(seen.status() == 307 ? null : "c");
      }
      assertThat(answers).containsOnlyKeys("h/a?q", "own/own?q", "redirect");
      assertThat(answers.values()).allMatch(count -> count > 60);
    }
  }
}
