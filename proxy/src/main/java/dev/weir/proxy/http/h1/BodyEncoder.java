package dev.weir.proxy.http.h1;

import dev.weir.core.http.Fields;
import io.netty.buffer.ByteBuf;

/** Frames the body of a message that is sent (RFC 9112, section 6). */
final class BodyEncoder {
  /** The message has no body; what comes all the same is dropped. */
  static final long NONE = -3;

  private static final int CHUNK_FRAME = 16;

  private long remaining = NONE;

  /**
   * Begins a body.
   *
   * @param length in bytes, {@link BodyLength#CHUNKED}, {@link BodyLength#UNTIL_CLOSE} (raw bytes)
   *     or {@link #NONE}
   */
  void begin(long length) {
    remaining = length;
  }

  /** Whether only the end of the connection ends the body. */
  boolean endsWithConnection() {
    return remaining == BodyLength.UNTIL_CLOSE;
  }

  /**
   * Writes a piece and takes over its reference.
   *
   * @return false if the body is longer or, at its end, shorter than announced; the message cannot
   *     be saved then
   */
  boolean write(WireBuffer out, ByteBuf data, boolean last) {
    int size = data.readableBytes();
    if (remaining >= 0) {
      if (size > remaining) {
        data.release();
        return false;
      }
      remaining -= size;
      out.append(data);
      return !last || remaining == 0;
    }
    if (remaining == NONE) {
      data.release();
      return true;
    }
    if (remaining == BodyLength.UNTIL_CLOSE) {
      out.append(data);
      return true;
    }
    if (size == 0) {
      data.release();
    } else {
      int copied = size <= WireBuffer.COPY_MAX ? size : 0;
      ByteBuf frame = out.room(copied + CHUNK_FRAME);
      WireBuffer.writeHex(frame, size);
      WireBuffer.writeCrlf(frame);
      out.append(data);
      WireBuffer.writeCrlf(out.room(CHUNK_FRAME));
    }
    if (last) {
      writeLastChunk(out.room(CHUNK_FRAME));
      WireBuffer.writeCrlf(out.room(CHUNK_FRAME));
    }
    return true;
  }

  /** Ends a body without a further piece; the result is that of {@link #write}. */
  boolean end(WireBuffer out) {
    if (remaining == BodyLength.CHUNKED) {
      ByteBuf to = out.room(CHUNK_FRAME);
      writeLastChunk(to);
      WireBuffer.writeCrlf(to);
    }
    return remaining <= 0;
  }

  /**
   * Ends a body with trailers, which only chunks can carry; the result is that of {@link #write}.
   */
  boolean end(WireBuffer out, Fields trailers) {
    if (remaining != BodyLength.CHUNKED) {
      return end(out);
    }
    ByteBuf to = out.room(CHUNK_FRAME + FieldWriter.size(trailers));
    writeLastChunk(to);
    FieldWriter.write(to, trailers, 0);
    WireBuffer.writeCrlf(to);
    return true;
  }

  private static void writeLastChunk(ByteBuf to) {
    to.writeByte('0');
    WireBuffer.writeCrlf(to);
  }
}
