package dev.weir.proxy.server;

import static dev.weir.proxy.server.Http3Client.HEADERS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.weir.core.failure.Reason;
import dev.weir.proxy.compile.TestKey;
import dev.weir.proxy.upstream.UpstreamOptions;
import io.netty.handler.codec.quic.Quic;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tech.kwik.core.QuicStream;

/** How long HTTP/3 waits for clients. */
@ExtendWith(NoLeaks.class)
class Http3TimeoutsTest {
  private static final TestKey A = TestKey.selfSigned("EC", "a.example");

  private final VirtualTime time = new VirtualTime();
  private final TestProxy proxy = TestProxy.start(1, UpstreamOptions.DEFAULTS, time);
  private final InetSocketAddress address = TestProxy.freeAddress();

  @BeforeAll
  static void needsQuic() {
    assumeTrue(Quic.isAvailable(), "no native library of QUIC for this machine");
  }

  @AfterEach
  void stop() {
    proxy.close();
  }

  private Http3Client connect() throws Exception {
    proxy.install(Http3Config.compile(address, null, "", A, A).plan());
    return Http3Client.connect(address, "a.example");
  }

  @Test
  void aHeadThatDoesNotEndIsGivenUp() throws Exception {
    try (Http3Client client = connect()) {
      QuicStream stream = client.open();
      OutputStream out = stream.getOutputStream();
      out.write(new byte[] {HEADERS, 20, 0});
      out.flush();
      // The proxy has the stream when it has answered a later one.
      assertThat(client.ask("GET", "/").status()).isEqualTo("503");
      time.advance(Duration.ofSeconds(11));
      assertThatThrownBy(() -> Http3Client.read(stream.getInputStream()))
          .isInstanceOf(IOException.class);
      assertThat(proxy.rejected.poll(10, TimeUnit.SECONDS))
          .isNotNull()
          .satisfies(failure -> assertThat(failure.reason()).isEqualTo(Reason.DOWNSTREAM_TIMEOUT));
      assertThat(client.ask("GET", "/").status()).isEqualTo("503");
    }
  }

  @Test
  void aConnectionThatIsNotUsedEnds() throws Exception {
    try (Http3Client client = connect()) {
      assertThat(client.ask("GET", "/").status()).isEqualTo("503");
      time.advance(Duration.ofSeconds(301));
      assertThat(client.goAway()).isEqualTo(4);
      TestProxy.await(
          "the connection closes",
          () -> {
            time.advance(Duration.ofMillis(100));
            return !client.connected();
          });
      assertThat(client.closeCode()).isEqualTo(0x100);
    }
  }
}
