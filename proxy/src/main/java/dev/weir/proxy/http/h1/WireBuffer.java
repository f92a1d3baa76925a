package dev.weir.proxy.http.h1;

import dev.weir.proxy.loop.LoopAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.unix.Socket;
import io.netty.channel.unix.UnixChannel;
import java.io.IOException;
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
  private final @Nullable Socket socket;
  private final Runnable sending = this::sendPutOff;
  private @Nullable ByteBuf tail;

  /** Part of what is to be sent went to the channel already. */
  private boolean pushed;

  private boolean putOff;

  WireBuffer(ChannelHandlerContext ctx) {
    this.ctx = ctx;
    this.socket =
        ctx.channel() instanceof UnixChannel channel && channel.fd() instanceof Socket its
            ? its
            : null;
  }

  /** A buffer at the end of everything so far with room for {@code size} bytes. */
  ByteBuf room(int size) {
    ByteBuf to = tail;
    if (to != null && to.writableBytes() >= size) {
      return to;
    }
    push();
    int capacity = Math.max(size, USUAL_SIZE);
    to =
        ctx.alloc() instanceof LoopAllocator loop
            ? loop.waiting(capacity)
            : ctx.alloc().ioBuffer(capacity);
    tail = to;
    return to;
  }

  /** Appends a piece of a body and takes over its reference. */
  void append(ByteBuf data) {
    int size = data.readableBytes();
    if (size > 0 && joined(data, size)) {
      return;
    }
    if (size > COPY_MAX) {
      push();
      pushed = true;
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

  /**
   * Puts what is there in front of the piece, where the head was that came with it: less to copy
   * than the piece behind the head, and one buffer also if the piece is large. Not if a few bytes
   * would hold a large buffer for as long as the reader is slow.
   */
  private boolean joined(ByteBuf data, int size) {
    ByteBuf front = tail;
    if (front == null || pushed || putOff || !(ctx.alloc() instanceof LoopAllocator loop)) {
      return false;
    }
    int length = front.readableBytes();
    int start = data.readerIndex() - length;
    if (start < 0 || (size <= COPY_MAX && data.capacity() > COPY_MAX) || !loop.isAlone(data)) {
      return false;
    }
    data.setBytes(start, front, front.readerIndex(), length).readerIndex(start);
    front.release();
    tail = data;
    return true;
  }

  private void push() {
    ByteBuf full = tail;
    if (full != null) {
      tail = null;
      pushed = true;
      ctx.write(full, ctx.voidPromise());
    }
  }

  /**
   * Hands everything to the socket; an ordinary message when the {@link dev.weir.proxy.loop.Turn
   * turn} of the loop ends, one in a larger buffer at once: the next reads need those.
   */
  void flush() {
    if (putOff) {
      return;
    }
    if (tail != null
        && !pushed
        && tail.capacity() <= COPY_MAX
        && ctx.alloc() instanceof LoopAllocator loop) {
      putOff = true;
      if (loop.turn().putOff(sending)) {
        return;
      }
      putOff = false;
    }
    flushNow();
  }

  /** Hands to the socket at once what was to wait, as before a close. */
  void sendPutOff() {
    if (putOff) {
      flushNow();
    }
  }

  /** Hands everything to the socket at once. */
  void flushNow() {
    // Before anything is sent: whoever hears that there is room again may write and flush.
    putOff = false;
    if (!sent()) {
      push();
      pushed = false;
      ctx.flush();
    }
  }

  /**
   * Sends the buffer, if it is all there is, without the way through Netty's queue of outbound
   * messages, which is some 4 % of the CPU time of a small request. What the socket does not take,
   * and errors, are left to that way.
   */
  private boolean sent() {
    ByteBuf all = tail;
    if (all == null || socket == null || !all.hasMemoryAddress() || !isNext()) {
      return false;
    }
    try {
      long address = all.memoryAddress();
      all.skipBytes(socket.sendAddress(address, all.readerIndex(), all.writerIndex()));
    } catch (IOException e) {
      return false;
    }
    if (all.isReadable()) {
      return false;
    }
    tail = null;
    all.release();
    return true;
  }

  /**
   * Whether nothing is queued, flushed or not, and nobody is between here and the socket, as TLS
   * is.
   */
  @SuppressWarnings("ReferenceEquality") // this one, not one like it
  private boolean isNext() {
    Channel channel = ctx.channel();
    ChannelOutboundBuffer queue = channel.unsafe().outboundBuffer();
    return queue != null
        && queue.totalPendingWriteBytes() == 0
        && channel.isActive()
        && ctx.pipeline().firstContext() == ctx;
  }

  /** Hands everything to the socket; the result is complete when all of it was taken. */
  ChannelFuture finish() {
    push();
    pushed = false;
    putOff = false;
    return ctx.writeAndFlush(Unpooled.EMPTY_BUFFER);
  }

  /** Forgets what was not handed to the socket. */
  void discard() {
    putOff = false;
    pushed = false;
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
