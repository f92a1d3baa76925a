package dev.weir.proxy.http.h2;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import org.junit.jupiter.api.Test;

class HeaderBlockWatchTest {
  private static final int PREFACE = 24;

  /** The watch agrees with the frames after every byte, however many the reader takes at once. */
  @Test
  void knowsAtEveryByteWhetherABlockIsOpen() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.writeBytes(new byte[PREFACE]);
    bytes.writeBytes(RawPeer.encode(RawPeer.SETTINGS, 0, 0));
    bytes.writeBytes(RawPeer.encode(RawPeer.DATA, RawPeer.END_HEADERS, 1, new byte[20]));
    int headersAt = bytes.size();
    bytes.writeBytes(RawPeer.encode(RawPeer.HEADERS, 0, 1, new byte[5]));
    bytes.writeBytes(RawPeer.encode(RawPeer.CONTINUATION, 0, 1, new byte[7]));
    bytes.writeBytes(RawPeer.encode(RawPeer.CONTINUATION, RawPeer.END_HEADERS, 1, new byte[3]));
    int closedAt = bytes.size();
    bytes.writeBytes(RawPeer.encode(RawPeer.PING, 0, 0, new byte[8]));
    int secondAt = bytes.size();
    bytes.writeBytes(RawPeer.encode(RawPeer.HEADERS, RawPeer.END_HEADERS, 3, new byte[4]));
    int end = bytes.size();

    for (int taken = 1; taken < 30; taken++) {
      HeaderBlockWatch watch = new HeaderBlockWatch(PREFACE);
      ByteBuf in = Unpooled.buffer();
      int consumed = 0;
      for (int i = 0; i < end; i++) {
        in.writeByte(bytes.toByteArray()[i]);
        watch.look(in);
        int arrived = i + 1;
        // A block is known of as soon as its frame header is complete.
        boolean open =
            (arrived >= headersAt + 9 && arrived < closedAt)
                || (arrived >= secondAt + 9 && arrived < end);
        assertThat(watch.open())
            .as("after %d bytes, reader takes %d", arrived, taken)
            .isEqualTo(open);
        if (arrived - consumed >= taken) {
          in.skipBytes(taken);
          watch.consumed(taken);
          consumed += taken;
        }
      }
    }
  }
}
