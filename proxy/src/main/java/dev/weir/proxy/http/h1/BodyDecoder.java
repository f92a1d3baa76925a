package dev.weir.proxy.http.h1;

import dev.weir.core.http.Fields;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** Finds the data of a message body in what the socket delivers, whatever its framing. */
final class BodyDecoder {
  /** All bytes were taken and the body goes on. */
  static final int MORE = 0;

  /** The body is complete; the buffer stands behind it. */
  static final int END = -1;

  /** The framing is broken. */
  static final int REFUSED = -2;

  private final ChunkDecoder chunks;
  private long remaining;

  BodyDecoder(HeadScanner.Kind trailerKind) {
    chunks = new ChunkDecoder(trailerKind);
  }

  /** Begins a body of {@code length} bytes, or of a length as {@link BodyLength} calls it. */
  void begin(long length) {
    remaining = length;
    if (length == BodyLength.CHUNKED) {
      chunks.begin();
    }
  }

  /**
   * Moves over framing.
   *
   * @return how many bytes at the reader index are data, more than 0; or {@link #MORE}, {@link
   *     #END}, {@link #REFUSED}
   */
  int next(ByteBuf in) {
    if (remaining == BodyLength.CHUNKED) {
      return chunks.next(in);
    }
    if (remaining == BodyLength.UNTIL_CLOSE) {
      return in.readableBytes();
    }
    return remaining == 0 ? END : (int) Math.min(remaining, in.readableBytes());
  }

  /** {@code count} bytes of data were taken from the buffer. */
  void took(int count) {
    if (remaining == BodyLength.CHUNKED) {
      chunks.took(count);
    } else if (remaining > 0) {
      remaining -= count;
    }
  }

  /** Whether the body is known to be complete without looking at another byte. */
  boolean complete() {
    return remaining == 0;
  }

  /** Whether it ends with the connection. */
  boolean endsWithConnection() {
    return remaining == BodyLength.UNTIL_CLOSE;
  }

  /** Bytes still to come where that is known; else negative. */
  long remaining() {
    return remaining;
  }

  /** Whether there are trailers; after the end. */
  boolean hasTrailers() {
    return remaining == BodyLength.CHUNKED && chunks.trailers().size() > 0;
  }

  /** The trailers; after the end. */
  Fields trailers() {
    return chunks.trailers();
  }

  /** Why the framing is refused, or null. */
  @Nullable Defect defect() {
    return chunks.defect();
  }
}
