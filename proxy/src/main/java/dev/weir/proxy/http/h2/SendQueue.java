package dev.weir.proxy.http.h2;

import dev.weir.core.http.Fields;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2RemoteFlowController.FlowControlled;
import io.netty.handler.codec.http2.Http2Stream;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * What one stream still has to send: pieces of the body as they were given, then the end or the
 * trailers. It stands itself in the flow controller's queue, so that a piece costs no wrapper, no
 * promise and no copy.
 */
final class SendQueue implements FlowControlled {
  /** From so many waiting bytes on a stream is not writable. */
  static final int HIGH_WATERMARK = 128 * 1024;

  /** Down to so many waiting bytes it stays not writable. */
  static final int LOW_WATERMARK = 32 * 1024;

  /** The stream that sends. */
  interface Owner {
    /** There is room again, after there was none. */
    void drained();

    /** The END_STREAM flag has been written: the local side of the stream is to be closed. */
    void sent();
  }

  private final FrameOutput output;
  private final Http2Stream stream;
  private final Owner owner;
  private final ArrayDeque<ByteBuf> pieces = new ArrayDeque<>(2);
  private int waiting;
  private boolean end;
  private boolean ended;
  private boolean full;
  private boolean closed;
  private boolean queued;
  private @Nullable ByteBuf incoming;
  private @Nullable ByteBuf trailers;

  SendQueue(FrameOutput output, Http2Stream stream, Owner owner) {
    this.output = output;
    this.stream = stream;
    this.owner = owner;
  }

  /** Queues a piece of the body; takes it over. */
  void body(ByteBuf data, boolean last) {
    if (closed || end || !(data.isReadable() || last)) {
      data.release();
      return;
    }
    end = last;
    if (!queued) {
      push(data);
      queued = true;
      output.flow().addFlowControlled(stream, this);
    } else if (data.isReadable()) {
      // Offered to itself: the controller sees the size grow in merge().
      incoming = data;
      output.flow().addFlowControlled(stream, this);
    } else {
      data.release();
    }
    full |= waiting >= HIGH_WATERMARK;
  }

  /** Queues trailers, and with them the end. */
  void trailers(Fields fields) {
    if (closed || end) {
      return;
    }
    end = true;
    ByteBuf frame = output.trailers(stream, fields);
    if (queued) {
      trailers = frame;
    } else {
      output.write(frame);
      finish();
    }
  }

  /** The head, already written, was all. */
  void endWithHead() {
    end = true;
    finish();
  }

  private void finish() {
    ended = true;
    owner.sent();
  }

  /** Whether {@link #body} may be called without the queue growing beyond measure. */
  boolean writable() {
    return !full;
  }

  void tellDrained() {
    if (!closed && !full) {
      owner.drained();
    }
  }

  /** The stream is closed: drops what waits. The flow controller must have let go of it. */
  void close() {
    closed = true;
    release();
  }

  private void push(ByteBuf data) {
    waiting += data.readableBytes();
    output.queued(data.readableBytes());
    if (data.isReadable()) {
      pieces.add(data);
    } else {
      data.release();
    }
  }

  private void release() {
    for (ByteBuf piece = pieces.poll(); piece != null; piece = pieces.poll()) {
      piece.release();
    }
    if (incoming != null) {
      incoming.release();
      incoming = null;
    }
    if (trailers != null) {
      trailers.release();
      trailers = null;
    }
  }

  // --- called by the flow controller -------------------------------------------------------------

  @Override
  public int size() {
    return waiting;
  }

  @Override
  public boolean merge(ChannelHandlerContext ctx, FlowControlled next) {
    ByteBuf data = incoming;
    if (next != this || data == null) {
      return false;
    }
    incoming = null;
    push(data);
    return true;
  }

  @Override
  public void write(ChannelHandlerContext ctx, int allowedBytes) {
    int budget = Math.min(allowedBytes, waiting);
    int max = output.maxFrameSize();
    while (budget > 0) {
      ByteBuf piece = pieces.element();
      int length = Math.min(Math.min(budget, max), piece.readableBytes());
      if (length == piece.readableBytes()) {
        pieces.remove();
      } else {
        piece = piece.readRetainedSlice(length);
      }
      budget -= length;
      waiting -= length;
      ended = end && waiting == 0 && trailers == null;
      output.data(stream, piece, ended);
    }
    if (end && !ended && waiting == 0) {
      ended = true;
      if (trailers != null) {
        output.write(trailers);
        trailers = null;
      } else {
        output.data(stream, Unpooled.EMPTY_BUFFER, true);
      }
    }
    if (full && waiting <= LOW_WATERMARK) {
      full = false;
      output.drained(this);
    }
  }

  @Override
  public void writeComplete() {
    queued = false;
    if (ended) {
      finish();
    }
  }

  @Override
  public void error(@Nullable ChannelHandlerContext ctx, Throwable cause) {
    close();
  }
}
