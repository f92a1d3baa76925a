package dev.weir.core.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.envoyproxy.envoy.service.auth.v3.AttributeContext;
import io.envoyproxy.envoy.service.auth.v3.AttributeContext.HttpRequest;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against the library that others use. */
class ProtoTest {
  @Test
  void writesWhatTheLibraryReads() throws Exception {
    ProtoWriter http =
        new ProtoWriter()
            .text(1, "")
            .text(2, "GET")
            .entry(3, "a", "1")
            .entry(3, "b", "")
            .text(4, "/ä?b".repeat(100))
            .varint(9, -1)
            .bytes(12, new byte[] {0, 1, (byte) 0xff});
    AttributeContext read =
        AttributeContext.parseFrom(
            new ProtoWriter()
                .message(1, new ProtoWriter())
                .message(4, new ProtoWriter().message(2, http))
                .toBytes());

    assertThat(read.hasSource()).isTrue();
    HttpRequest request = read.getRequest().getHttp();
    assertThat(request.getMethod()).isEqualTo("GET");
    assertThat(request.getHeadersMap()).isEqualTo(Map.of("a", "1", "b", ""));
    assertThat(request.getPath()).isEqualTo("/ä?b".repeat(100));
    assertThat(request.getSize()).isEqualTo(-1);
    assertThat(request.getRawBody().toByteArray()).containsExactly(0, 1, 0xff);
  }

  @Test
  void readsWhatTheLibraryWrites() throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder()
            .setMethod("PUT")
            .putHeaders("a", "1")
            .setPath("/ä")
            .setSize(Long.MAX_VALUE)
            .build();
    ProtoReader reader = new ProtoReader(request.toByteArray());

    assertThat(reader.next()).isTrue();
    assertThat(reader.field()).isEqualTo(2);
    assertThat(reader.text()).isEqualTo("PUT");
    assertThat(reader.next()).isTrue();
    assertThat(reader.field()).isEqualTo(3);
    ProtoReader entry = reader.message();
    assertThat(entry.next()).isTrue();
    assertThat(entry.text()).isEqualTo("a");
    // What is not asked for is skipped.
    assertThat(reader.next()).isTrue();
    assertThat(reader.field()).isEqualTo(4);
    assertThat(reader.next()).isTrue();
    assertThat(reader.field()).isEqualTo(9);
    assertThat(reader.varint()).isEqualTo(Long.MAX_VALUE);
    assertThat(reader.next()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0a",
        "0a05aa",
        "0affffffffffffffffff01",
        "00",
        "0b",
        "0d000000",
        "08ff",
        "ffffffffff7f"
      })
  void refusesWhatIsNoMessage(String hex) {
    byte[] bytes = HexFormat.of().parseHex(hex);
    assertThatThrownBy(() -> readAll(new ProtoReader(bytes))).isInstanceOf(MalformedMessage.class);
  }

  @Test
  void refusesAnotherType() throws Exception {
    ProtoReader reader = new ProtoReader(new ProtoWriter().varint(1, 5).toBytes());
    reader.next();
    assertThatThrownBy(reader::text).isInstanceOf(MalformedMessage.class);
  }

  @Test
  void survivesAnything() {
    Random random = new Random(1);
    int understood = 0;
    for (int i = 0; i < 100_000; i++) {
      byte[] bytes = new byte[random.nextInt(20)];
      random.nextBytes(bytes);
      try {
        readAll(new ProtoReader(bytes));
        understood++;
      } catch (MalformedMessage expected) {
        // Anything else fails the test.
      }
    }
    assertThat(understood).isPositive();
  }

  private static void readAll(ProtoReader reader) throws MalformedMessage {
    while (reader.next()) {
      if (reader.field() % 2 == 0) {
        reader.bytes();
      }
    }
  }

  @Test
  void framesMessages() throws Exception {
    byte[] message = {1, 2, 3};
    byte[] frame = GrpcFrame.of(message);
    assertThat(frame).containsExactly(0, 0, 0, 0, 3, 1, 2, 3);
    assertThat(GrpcFrame.single(Unpooled.wrappedBuffer(frame))).isEqualTo(message);
    assertThat(GrpcFrame.single(Unpooled.wrappedBuffer(GrpcFrame.of(new byte[0])))).isEmpty();

    frame[0] = 1;
    refuses(frame);
    refuses(Arrays.copyOf(GrpcFrame.of(message), 7));
    refuses(Arrays.copyOf(GrpcFrame.of(message), 16));
    refuses(new byte[4]);
  }

  private static void refuses(byte[] body) {
    assertThatThrownBy(() -> GrpcFrame.single(Unpooled.wrappedBuffer(body)))
        .isInstanceOf(MalformedMessage.class);
  }
}
