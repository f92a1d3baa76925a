package dev.weir.proxy.http.h2;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.proxy.http.AbuseGuard;
import dev.weir.proxy.loop.LoopAllocator;
import dev.weir.proxy.loop.Turn;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2ConnectionHandlerBuilder;
import io.netty.handler.codec.http2.Http2FrameAdapter;
import io.netty.handler.codec.http2.Http2Stream;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class FrameOutputTest {
  /** Four bytes, DATA, the last, stream 1. */
  private static final String HEADER = "000004" + "00" + "01" + "00000001";

  private static final String BODY = ByteBufUtil.hexDump("body".getBytes(US_ASCII));

  private final LoopAllocator loop = new LoopAllocator(new Turn());
  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final Http2ConnectionHandler handler =
      new Http2ConnectionHandlerBuilder()
          .server(true)
          .frameListener(new Http2FrameAdapter())
          .build();
  private final FrameOutput output = new FrameOutput(handler, AbuseGuard.ofFrames());
  private Http2Stream stream;

  @BeforeEach
  void connect() throws Exception {
    channel.config().setAllocator(loop);
    channel.pipeline().addLast(handler);
    stream = handler.connection().remote().createStream(1, false);
    sent();
  }

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
    loop.close();
  }

  @Test
  void theHeaderOfDataTakesThePlaceOfTheHead() {
    ByteBuf message = message();
    message.skipBytes("head of some length".length());

    output.data(stream, message, true);

    assertThat(sent()).containsExactly(HEADER + BODY);
  }

  @Test
  void whoElseHasTheBufferKeepsWhatIsInIt() {
    ByteBuf message = message();
    ByteBuf head = message.readRetainedSlice("head of some length".length());

    output.data(stream, message, true);

    assertThat(sent()).containsExactly(HEADER, BODY);
    assertThat(head.toString(US_ASCII)).isEqualTo("head of some length");
    head.release();
  }

  @Test
  void dataWithNothingInFrontHasAHeaderOfItsOwn() {
    output.data(stream, loop.directBuffer(64).writeBytes("body".getBytes(US_ASCII)), true);

    assertThat(sent()).containsExactly(HEADER, BODY);
  }

  private ByteBuf message() {
    return loop.directBuffer(64).writeBytes("head of some lengthbody".getBytes(US_ASCII));
  }

  /** The buffers that were written, in hexadecimal digits. */
  private List<String> sent() {
    channel.flush();
    List<String> buffers = new ArrayList<>();
    for (ByteBuf next = channel.readOutbound(); next != null; next = channel.readOutbound()) {
      buffers.add(ByteBufUtil.hexDump(next));
      next.release();
    }
    return buffers;
  }
}
