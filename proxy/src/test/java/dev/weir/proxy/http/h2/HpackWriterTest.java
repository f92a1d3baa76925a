package dev.weir.proxy.http.h2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.http.Fields;
import dev.weir.core.http.RequestHead;
import dev.weir.core.http.ResponseHead;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Headers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Blocks as Netty's decoder, which is not ours, reads them. */
class HpackWriterTest {
  private final HpackWriter writer = new HpackWriter();
  private final DefaultHttp2HeadersDecoder decoder = new DefaultHttp2HeadersDecoder(false, 1 << 20);

  private List<String> decode() throws Exception {
    int length = writer.end() - HpackWriter.RESERVED;
    Http2Headers headers =
        decoder.decodeHeaders(
            1, Unpooled.wrappedBuffer(writer.bytes(), HpackWriter.RESERVED, length));
    List<String> fields = new ArrayList<>();
    headers.forEach(field -> fields.add(field.getKey() + ": " + field.getValue()));
    return fields;
  }

  private static void add(Fields fields, String name, String value) {
    byte[] n = name.getBytes(StandardCharsets.ISO_8859_1);
    byte[] v = value.getBytes(StandardCharsets.ISO_8859_1);
    fields.add(n, 0, n.length, v, 0, v.length);
  }

  @Test
  void everyNameOfTheStaticTable() throws Exception {
    DefaultHttp2HeadersDecoder netty = new DefaultHttp2HeadersDecoder(false);
    for (int index = 15; index <= 61; index++) {
      // An indexed field tells the name that Netty has at this place.
      byte[] block = {(byte) (0x80 | index)};
      String name =
          netty
              .decodeHeaders(1, Unpooled.wrappedBuffer(block))
              .iterator()
              .next()
              .getKey()
              .toString();
      byte[] bytes = name.toUpperCase(Locale.ROOT).getBytes(StandardCharsets.US_ASCII);
      assertThat(HpackStaticNames.indexOf(bytes, 0, bytes.length)).as(name).isEqualTo(index);
    }
  }

  @Test
  void namesNotInTheTable() {
    for (String name : List.of("a", "x-accept", "accep", "acceptx", "agf", "viaa", "set-cookif")) {
      byte[] bytes = name.getBytes(StandardCharsets.US_ASCII);
      assertThat(HpackStaticNames.indexOf(bytes, 0, bytes.length)).as(name).isZero();
    }
  }

  @Test
  void everyStatus() throws Exception {
    for (int status = 100; status < 1000; status++) {
      ResponseHead head = new ResponseHead(new Fields(16));
      head.status(status);
      writer.response(head);
      assertThat(decode()).containsExactly(":status: " + status);
    }
  }

  @Test
  void requestLines() throws Exception {
    for (String method : List.of("GET", "POST", "PUT", "OPTIONS")) {
      for (String target : List.of("/", "/index.html", "/a?b=c", "*")) {
        RequestHead head = new RequestHead(new Fields(16));
        byte[] bytes = method.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(bytes, 0, head.fields().ensureWritable(bytes.length), 0, bytes.length);
        head.fields().advance(bytes.length);
        head.methodAt(0, bytes.length);
        head.target(target.getBytes(StandardCharsets.US_ASCII));
        head.authority("a.test:80".getBytes(StandardCharsets.US_ASCII));
        writer.request(head, true);
        assertThat(decode())
            .containsExactly(
                ":method: " + method,
                ":scheme: https",
                ":authority: a.test:80",
                ":path: " + target,
                "te: trailers");
      }
    }
  }

  @Test
  void stringsOfAllLengths() throws Exception {
    Fields fields = new Fields(16);
    for (int length :
        new int[] {0, 1, 14, 15, 16, 126, 127, 128, 254, 255, 256, 383, 16510, 16511, 70000}) {
      fields.clear();
      add(fields, "x".repeat(Math.max(1, length % 500)), "v".repeat(length));
      add(fields, "Content-Type", "after");
      writer.trailers(fields);
      assertThat(decode())
          .containsExactly(
              "x".repeat(Math.max(1, length % 500)) + ": " + "v".repeat(length),
              "content-type: after");
    }
  }

  @Test
  void secretsAreNeverIndexed() {
    Fields fields = new Fields(16);
    writer.trailers(fields);
    add(fields, "authorization", "x");
    writer.trailers(fields);
    assertThat(writer.bytes()[HpackWriter.RESERVED] & 0xf0).isEqualTo(0x10);
    fields.clear();
    add(fields, "accept", "x");
    writer.trailers(fields);
    assertThat(writer.bytes()[HpackWriter.RESERVED] & 0xf0).isZero();
  }

  @Test
  void randomFields() throws Exception {
    Random random = new Random(1);
    Fields fields = new Fields(16);
    for (int round = 0; round < 500; round++) {
      fields.clear();
      List<String> expected = new ArrayList<>();
      for (int i = random.nextInt(20); i >= 0; i--) {
        String name = "n" + Integer.toString(random.nextInt(1 << 20), 36);
        String value = "v".repeat(random.nextInt(300));
        add(fields, name, value);
        if (random.nextInt(5) == 0) {
          fields.remove(fields.slots() - 1);
        } else {
          expected.add(name + ": " + value);
        }
      }
      writer.trailers(fields);
      assertThat(decode()).isEqualTo(expected);
    }
  }
}
