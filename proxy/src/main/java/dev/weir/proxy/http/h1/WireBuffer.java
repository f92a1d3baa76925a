package dev.weir.proxy.http.h1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import org.jspecify.annotations.Nullable;

/**
 * What goes to the socket: heads, framing and small pieces of bodies are put together in one
 * buffer, so that an ordinary message is one buffer and one send; large pieces are passed on as
 * they are.
 *
 * <p>Copying small pieces also keeps a slow reader from pinning large receive buffers by tiny
 * slices of them.
 */
final class WireBuffer {
  /** Up to here a copy costs less than another buffer in a gathering write. */
  static final int COPY_MAX = 4096;

  private static final int USUAL_SIZE = 1024;
  private static final byte[] DIGITS = {
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'
  };
  private static final int CRLF = '\r' << 8 | '\n';

  private final ChannelHandlerContext ctx;
  private @Nullable ByteBuf tail;

  WireBuffer(ChannelHandlerContext ctx) {
    this.ctx = ctx;
  }

  /** A buffer at the end of everything so far with room for {@code size} bytes. */
  ByteBuf room(int size) {
    ByteBuf to = tail;
    if (to != null && to.writableBytes() >= size) {
      return to;
    }
    push();
    to = ctx.alloc().ioBuffer(Math.max(size, USUAL_SIZE));
    tail = to;
    return to;
  }

  /** Appends a piece of a body and takes over its reference. */
  void append(ByteBuf data) {
    int size = data.readableBytes();
    if (size > COPY_MAX) {
      push();
      ctx.write(data, ctx.voidPromise());
      return;
    }
    if (size == 0) {
      data.release();
      return;
    }
    try {
      room(size).writeBytes(data);
    } finally {
      data.release();
    }
  }

  private void push() {
    ByteBuf full = tail;
    if (full != null) {
      tail = null;
      ctx.write(full, ctx.voidPromise());
    }
  }

  /** Hands everything to the socket. */
  void flush() {
    push();
    ctx.flush();
  }

  /** Hands everything to the socket; the result is complete when all of it was taken. */
  ChannelFuture finish() {
    push();
    return ctx.writeAndFlush(Unpooled.EMPTY_BUFFER);
  }

  /** Forgets what was not handed to the socket. */
  void discard() {
    if (tail != null) {
      tail.release();
      tail = null;
    }
  }

  /** CR and LF. */
  static void writeCrlf(ByteBuf to) {
    to.writeShort(CRLF);
  }

  /** {@code value}, not negative, in decimal digits. */
  static void writeDecimal(ByteBuf to, long value) {
    long divisor = 1;
    while (value / divisor >= 10) {
      divisor *= 10;
    }
    for (; divisor > 0; divisor /= 10) {
      to.writeByte('0' + (int) (value / divisor % 10));
    }
  }

  /** {@code value}, not negative, in hexadecimal digits. */
  static void writeHex(ByteBuf to, int value) {
    int shift = (31 - Integer.numberOfLeadingZeros(value | 1)) & ~3;
    for (; shift >= 0; shift -= 4) {
      to.writeByte(DIGITS[value >>> shift & 0xf]);
    }
  }
}
