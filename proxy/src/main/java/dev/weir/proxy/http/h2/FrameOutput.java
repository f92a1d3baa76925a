package dev.weir.proxy.http.h2;

import dev.weir.core.http.Fields;
import dev.weir.core.http.RequestHead;
import dev.weir.core.http.ResponseHead;
import dev.weir.proxy.http.AbuseGuard;
import dev.weir.proxy.loop.LoopAllocator;
import dev.weir.proxy.loop.Turn;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Flags;
import io.netty.handler.codec.http2.Http2FrameTypes;
import io.netty.handler.codec.http2.Http2RemoteFlowController;
import io.netty.handler.codec.http2.Http2Stream;
import java.util.ArrayList;

/**
 * The writing half of a connection, the same on both sides: makes HEADERS and DATA frames and
 * decides when they go to the socket.
 *
 * <p>What is written while the connection is being read goes out when the reading is complete; what
 * is written at other times waits while the event loop serves several sockets a turn ({@link
 * Turn#putOffShared}), unless it has become much. So the responses to many streams share one system
 * call.
 */
final class FrameOutput {
  private static final int FRAME_HEADER = HpackWriter.RESERVED;
  private static final long MAX_UNREAD = 1024 * 1024;

  /** So many bytes of bodies are worth a call of their own, whatever is to come. */
  private static final int ENOUGH = 64 * 1024;

  private final Http2ConnectionHandler handler;
  private final AbuseGuard traffic;
  private final HpackWriter hpack = new HpackWriter();
  private final ArrayList<SendQueue> drained = new ArrayList<>();
  private final Runnable flushTask = this::flushNow;
  private boolean reading;
  private boolean flushScheduled;
  private int unflushed;

  /**
   * @param traffic is told of each frame that carries a message
   */
  FrameOutput(Http2ConnectionHandler handler, AbuseGuard traffic) {
    this.handler = handler;
    this.traffic = traffic;
  }

  // --- frames ----------------------------------------------------------------------------------

  void request(Http2Stream stream, RequestHead head, boolean secure, boolean last) {
    hpack.request(head, secure);
    write(headers(stream, last));
    stream.headersSent(false);
  }

  void response(Http2Stream stream, ResponseHead head, boolean last) {
    hpack.response(head);
    write(headers(stream, last));
    stream.headersSent(head.status() < 200);
  }

  /** A frame with trailers, to be written by {@link #write}. */
  ByteBuf trailers(Http2Stream stream, Fields fields) {
    hpack.trailers(fields);
    return headers(stream, true);
  }

  /**
   * Writes a DATA frame; takes over {@code data}. Its header goes in front of it, where the head
   * was that came with it, if nobody else has the buffer.
   */
  void data(Http2Stream stream, ByteBuf data, boolean last) {
    traffic.useful();
    int length = data.readableBytes();
    int front = data.readerIndex() - FRAME_HEADER;
    ByteBufAllocator alloc = context().alloc();
    int flags = last ? Http2Flags.END_STREAM : 0;
    if (front >= 0 && length > 0 && alloc instanceof LoopAllocator loop && loop.isAlone(data)) {
      header(data.setIndex(front, front), length, Http2FrameTypes.DATA, flags, stream);
      write(data.writerIndex(front + FRAME_HEADER + length));
      return;
    }
    ByteBuf header = alloc.buffer(FRAME_HEADER, FRAME_HEADER);
    header(header, length, Http2FrameTypes.DATA, flags, stream);
    write(header);
    if (length > 0) {
      write(data);
    } else {
      data.release();
    }
  }

  /** What every frame begins with (RFC 9113, section 4.1). */
  private static void header(ByteBuf to, int length, byte type, int flags, Http2Stream stream) {
    to.writeMedium(length);
    to.writeByte(type);
    to.writeByte(flags);
    to.writeInt(stream.id());
  }

  void write(ByteBuf frame) {
    ChannelHandlerContext ctx = context();
    ctx.write(frame, ctx.voidPromise());
  }

  /** The block in {@link #hpack} as a HEADERS frame, with CONTINUATION frames if it is long. */
  private ByteBuf headers(Http2Stream stream, boolean last) {
    byte[] bytes = hpack.bytes();
    int end = hpack.end();
    int max = maxFrameSize();
    int from = FRAME_HEADER;
    ByteBuf out = context().alloc().buffer(end + (end / max) * FRAME_HEADER);
    byte type = Http2FrameTypes.HEADERS;
    int flags = last ? Http2Flags.END_STREAM : 0;
    do {
      int length = Math.min(end - from, max);
      boolean complete = from + length == end;
      header(out, length, type, complete ? flags | Http2Flags.END_HEADERS : flags, stream);
      out.writeBytes(bytes, from, length);
      from += length;
      type = Http2FrameTypes.CONTINUATION;
      flags = 0;
    } while (from < end);
    return out;
  }

  /** Largest payload that the peer takes. */
  int maxFrameSize() {
    return handler.encoder().configuration().frameSizePolicy().maxFrameSize();
  }

  // --- flow control ----------------------------------------------------------------------------

  Http2RemoteFlowController flow() {
    return handler.encoder().flowController();
  }

  /** Everything up to the END_STREAM flag has been written. */
  void endLocal(Http2Stream stream) {
    handler.closeStreamLocal(stream, context().newSucceededFuture());
  }

  /** So many bytes of a body wait for the next flush. */
  void queued(int bytes) {
    unflushed += bytes;
  }

  /** Remembers to tell the owner of {@code queue} that there is room again. */
  void drained(SendQueue queue) {
    drained.add(queue);
  }

  /**
   * To be called after each flush of the handler: owners of queues are told of room only here, as
   * flow control must not be entered again from within.
   */
  void flushed() {
    unflushed = 0;
    for (int i = 0; i < drained.size(); i++) {
      drained.get(i).tellDrained();
    }
    drained.clear();
  }

  // --- flushing --------------------------------------------------------------------------------

  /** Something is being read: flushes wait. */
  void readStarted() {
    reading = true;
  }

  /** The handler is about to flush by itself. */
  void readComplete() {
    reading = false;
  }

  /** Sees to it that what was written goes out, together with what others write now. */
  void flush() {
    if (reading) {
      return;
    }
    if (context().alloc() instanceof LoopAllocator loop) {
      if (!flushScheduled) {
        loop.turn().putOffShared(flushTask);
      }
      if (unflushed >= ENOUGH) {
        loop.turn().hurry();
      }
    } else if (!flushScheduled) {
      context().executor().execute(flushTask);
    }
    flushScheduled = true;
  }

  /** Whether the peer leaves so much unread that not even control frames should be queued. */
  boolean congested() {
    return context().channel().bytesBeforeWritable() > MAX_UNREAD;
  }

  private void flushNow() {
    flushScheduled = false;
    handler.flush(context());
  }

  private ChannelHandlerContext context() {
    return flow().channelHandlerContext();
  }
}
