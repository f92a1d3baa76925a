package dev.weir.proxy.http.h2;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http2.Http2Flags;
import io.netty.handler.codec.http2.Http2FrameTypes;

/**
 * Knows whether a header block has begun that is not complete, which the frame reader does not
 * tell: the time for it is limited. Looks at frame headers only, before the frame reader gets them.
 */
final class HeaderBlockWatch {
  private static final int FRAME_HEADER = 9;

  private long consumed;
  private long nextFrame;
  private long blockEnd;
  private boolean open;

  /**
   * @param preface length of what comes before the first frame
   */
  HeaderBlockWatch(int preface) {
    nextFrame = preface;
  }

  /** Looks at what the frame reader is about to see. */
  void look(ByteBuf in) {
    int start = in.readerIndex();
    long available = consumed + in.readableBytes();
    while (nextFrame + FRAME_HEADER <= available) {
      int at = start + (int) (nextFrame - consumed);
      nextFrame += FRAME_HEADER + in.getUnsignedMedium(at);
      int type = in.getByte(at + 3);
      if (type == Http2FrameTypes.HEADERS || type == Http2FrameTypes.CONTINUATION) {
        open = true;
        boolean complete = (in.getByte(at + 4) & Http2Flags.END_HEADERS) != 0;
        blockEnd = complete ? nextFrame : Long.MAX_VALUE;
      }
    }
    open &= blockEnd > available;
  }

  /** The frame reader has taken {@code length} bytes. */
  void consumed(int length) {
    consumed += length;
  }

  /** Whether a header block is incomplete. */
  boolean open() {
    return open;
  }
}
