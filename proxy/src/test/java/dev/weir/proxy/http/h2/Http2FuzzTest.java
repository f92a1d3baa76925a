package dev.weir.proxy.http.h2;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import dev.weir.proxy.http.h2.RawPeer.Frame;
import dev.weir.proxy.plan.HttpOptions;
import io.netty.handler.codec.http2.Http2Error;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.slf4j.LoggerFactory;

/**
 * Frames at random, valid and not, from client and from backend: the answer is one of the protocol,
 * never an exception that nobody expected. A connection error of INTERNAL_ERROR would be one.
 */
@ExtendWith(NoLeaks.class)
class Http2FuzzTest {
  private static final long TIME = TimeUnit.MILLISECONDS.toNanos(2500);
  private static final int FRAMES = 40;

  private static final String[] NAMES = {
    ":method",
    ":path",
    ":scheme",
    ":authority",
    ":status",
    "content-length",
    "te",
    "cookie",
    "host",
    "x",
    "X",
    "",
    "connection",
    "expect",
    "a b"
  };
  private static final String[] VALUES = {
    "GET",
    "HEAD",
    "POST",
    "/",
    "/echo",
    "/big/300000",
    "/hold",
    "/early",
    "/trailers",
    "/pause",
    "/%2e%2e/x",
    "http",
    "weir.test",
    "200",
    "204",
    "103",
    "5",
    "trailers",
    "a=b",
    "",
    " ",
    "\r\n"
  };

  private final TestLoop loop = new TestLoop();
  private final TestService service = new TestService();
  private final List<String> warnings = new CopyOnWriteArrayList<>();
  private final AppenderBase<ILoggingEvent> appender =
      new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
          if (event.getLevel().isGreaterOrEqual(Level.WARN)) {
            warnings.add(event.getFormattedMessage());
          }
        }
      };

  @BeforeEach
  void listenToLog() {
    appender.start();
    root().addAppender(appender);
  }

  @AfterEach
  void stop() {
    loop.close();
    root().detachAppender(appender);
  }

  private static Logger root() {
    return (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
  }

  @Test
  void clients() throws Exception {
    int port = loop.listen(HttpOptions.DEFAULTS, service);
    long end = System.nanoTime() + TIME;
    int connections = 0;
    int survived = 0;
    for (long seed = 0; seed < 50 || System.nanoTime() < end; seed++) {
      Random random = new Random(seed);
      try (RawPeer client = new RawPeer(port)) {
        // No stream below is idle, which would end the connection at the first frame.
        client.greet().request(1 + 2 * random.nextInt(6), 0, "POST", pick(random, VALUES));
        client.request(15, 0, "POST", pick(random, VALUES));
        for (int i = 0; i < FRAMES; i++) {
          if (random.nextInt(4) == 0) {
            client.request(17 + 2 * i, random.nextInt(2), "POST", pick(random, VALUES));
          } else {
            frame(client, random);
          }
        }
        client.frame(RawPeer.PING, 0, 0, new byte[8]);
        survived += judge(client, seed) ? 1 : 0;
      }
      connections++;
    }
    // Neither are all frames refused nor none.
    assertThat(survived).isBetween(connections / 10, connections * 9 / 10);
    assertThat(service.heads).hasSizeGreaterThan(connections);
    assertThat(warnings).isEmpty();
  }

  @Test
  void backends() throws Exception {
    long end = System.nanoTime() + TIME;
    int connections = 0;
    int survived = 0;
    int failures = 0;
    try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      for (long seed = 0; seed < 50 || System.nanoTime() < end; seed++) {
        Random random = new Random(seed);
        Http2UpstreamConnection connection = loop.connect(listener.getLocalPort(), NO_POOL);
        try (RawPeer backend = RawPeer.accept(listener)) {
          backend.frame(RawPeer.SETTINGS, 0, 0);
          RecordedResponse[] responses = new RecordedResponse[8];
          for (int i = 0; i < responses.length; i++) {
            responses[i] = Http2UpstreamTest.send(loop, connection, "GET");
          }
          for (int i = 0; i < FRAMES; i++) {
            if (random.nextInt(4) == 0) {
              int flags = random.nextInt(2);
              backend.headers(3 + 2 * random.nextInt(4), flags, ":status", "200", "x", "y");
            } else {
              frame(backend, random);
            }
          }
          backend.frame(RawPeer.PING, 0, 0, new byte[8]);
          survived += judge(backend, seed) ? 1 : 0;
          backend.cut();
          for (RecordedResponse response : responses) {
            failures += response.outcome() ? 0 : 1;
          }
        }
        connections++;
      }
    }
    assertThat(survived).isBetween(connections / 10, connections * 9 / 10);
    assertThat(failures).isBetween(connections, connections * 8 - 1);
    assertThat(warnings).isEmpty();
  }

  private static final Http2UpstreamConnection.Owner NO_POOL =
      new Http2UpstreamConnection.Owner() {
        @Override
        public void streamReleased(Http2UpstreamConnection connection) {
          assertThat(connection.activeStreams()).isNotNegative();
        }

        @Override
        public void settingsChanged(Http2UpstreamConnection connection) {}

        @Override
        public void closed(Http2UpstreamConnection connection) {}
      };

  /** The connection answers the PING, or ends for a reason that is not ours. */
  private static boolean judge(RawPeer peer, long seed) throws IOException {
    for (Frame frame = peer.read(); frame != null; frame = peer.read()) {
      if (frame.type() == RawPeer.PING && frame.flags() == RawPeer.ACK) {
        return true;
      }
      if (frame.type() == RawPeer.GOAWAY || frame.type() == RawPeer.RST_STREAM) {
        assertThat(Http2Error.valueOf(frame.code()))
            .as("seed %d", seed)
            .isNotEqualTo(Http2Error.INTERNAL_ERROR);
      }
    }
    return false;
  }

  private static void frame(RawPeer peer, Random random) throws IOException {
    if (random.nextInt(60) == 0) {
      byte[] noise = new byte[random.nextInt(40)];
      random.nextBytes(noise);
      peer.frame(random.nextInt(12), random.nextInt(256), stream(random), noise);
      return;
    }
    int stream = stream(random);
    switch (random.nextInt(9)) {
      case 0, 1, 2 ->
          peer.frame(
              RawPeer.HEADERS, RawPeer.END_HEADERS | random.nextInt(2), stream, fields(random));
      case 3 -> peer.frame(RawPeer.DATA, random.nextInt(2), stream, new byte[random.nextInt(3000)]);
      case 4 -> peer.frame(RawPeer.RST_STREAM, 0, stream, RawPeer.ints(random.nextInt(14)));
      case 5 -> peer.frame(RawPeer.WINDOW_UPDATE, 0, stream, RawPeer.ints(random.nextInt(100_000)));
      case 6 -> peer.frame(RawPeer.PING, random.nextInt(2), 0, new byte[8]);
      case 7 -> peer.frame(RawPeer.SETTINGS, 0, 0, RawPeer.setting(4, random.nextInt(70_000)));
      default -> peer.frame(20, random.nextInt(256), stream, new byte[random.nextInt(20)]);
    }
  }

  private static byte[] fields(Random random) {
    String[] fields = new String[2 * random.nextInt(6)];
    for (int i = 0; i < fields.length; i += 2) {
      fields[i] = pick(random, NAMES);
      fields[i + 1] = pick(random, VALUES);
    }
    return RawPeer.block(fields);
  }

  private static int stream(Random random) {
    return 1 + 2 * random.nextInt(8);
  }

  private static String pick(Random random, String[] of) {
    return of[random.nextInt(of.length)];
  }
}
