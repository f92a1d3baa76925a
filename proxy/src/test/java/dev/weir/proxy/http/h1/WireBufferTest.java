package dev.weir.proxy.http.h1;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.proxy.loop.LoopAllocator;
import dev.weir.proxy.loop.Turn;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class WireBufferTest {
  private static final String HEAD = "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n";
  private static final int LARGE_READ = 16 * 1024;

  private final LoopAllocator allocator = new LoopAllocator(new Turn());
  private final EmbeddedChannel channel = new EmbeddedChannel(new ChannelInboundHandlerAdapter());
  private WireBuffer out;

  @BeforeEach
  void open() {
    channel.config().setAllocator(allocator);
    out = new WireBuffer(channel.pipeline().firstContext());
    out.room(HEAD.length()).writeBytes(bytes(HEAD));
  }

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
    allocator.close();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static String text(ByteBuf buffer) {
    return buffer.toString(StandardCharsets.US_ASCII);
  }

  /** What was read: a head of that length, which was taken out, and a body. */
  private ByteBuf read(int head, String body, int capacity) {
    return allocator
        .ioBuffer(capacity)
        .writeBytes(bytes("-".repeat(head)))
        .writeBytes(bytes(body))
        .skipBytes(head);
  }

  @Test
  void aHeadGoesWhereTheOneOfTheBodyWas() {
    ByteBuf body = read(HEAD.length(), "body", 100);
    long start = body.memoryAddress();

    out.append(body);
    out.room(3).writeBytes(bytes("end"));
    out.flushNow();

    ByteBuf sent = channel.readOutbound();
    assertThat(text(sent)).isEqualTo(HEAD + "bodyend");
    assertThat(sent.memoryAddress()).isEqualTo(start);
    assertThat(sent.readerIndex()).isZero();
    sent.release();
    assertThat(channel.<Object>readOutbound()).isNull();
  }

  @Test
  void aLargeBodyAndItsHeadAreOneBuffer() {
    String large = "b".repeat(10_000);

    out.append(read(200, large, LARGE_READ));
    out.flushNow();

    ByteBuf sent = channel.readOutbound();
    assertThat(text(sent)).isEqualTo(HEAD + large);
    sent.release();
    assertThat(channel.<Object>readOutbound()).isNull();
  }

  @Test
  void aLongerHeadDoesNotFit() {
    out.append(read(HEAD.length() - 1, "body", 100));
    out.flushNow();

    ByteBuf sent = channel.readOutbound();
    assertThat(text(sent)).isEqualTo(HEAD + "body");
    sent.release();
  }

  @Test
  void whatSomebodyElseHasStaysAsItIs() {
    ByteBuf both = read(0, "a".repeat(HEAD.length()) + "body", 100);
    ByteBuf earlier = both.readRetainedSlice(HEAD.length());

    out.append(both);
    out.flushNow();

    ByteBuf sent = channel.readOutbound();
    assertThat(text(sent)).isEqualTo(HEAD + "body");
    assertThat(text(earlier)).isEqualTo("a".repeat(HEAD.length()));
    sent.release();
    earlier.release();
  }

  @Test
  void aFewBytesDoNotHoldALargeBuffer() {
    ByteBuf body = read(200, "body", LARGE_READ);
    long start = body.memoryAddress();

    out.append(body);
    out.flushNow();

    ByteBuf sent = channel.readOutbound();
    assertThat(text(sent)).isEqualTo(HEAD + "body");
    assertThat(sent.memoryAddress()).isNotEqualTo(start);
    sent.release();
  }
}
