package dev.weir.proxy.exchange;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayDeque;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;

/**
 * The pieces of a request body that the exchange still has: those that wait to be sent, and those
 * that were sent and are kept for another attempt, while they are few.
 */
final class RequestBuffer {
  /** Most bytes that are kept for another attempt. */
  static final int KEPT_BYTES = 64 * 1024;

  private final ArrayDeque<ByteBuf> waiting = new ArrayDeque<>(2);
  private final ArrayList<ByteBuf> kept = new ArrayList<>(2);
  private int keptBytes;
  private boolean complete = true;

  /** Takes over a piece that cannot be sent yet. */
  void hold(ByteBuf data) {
    waiting.add(data);
  }

  /** Takes back the piece that {@link #next} gave. */
  void holdAgain(ByteBuf data) {
    waiting.addFirst(data);
  }

  /** Takes the next piece that waits out of the line; its reference goes to the caller. */
  @Nullable ByteBuf next() {
    return waiting.poll();
  }

  /** Number of pieces that wait. */
  int waiting() {
    return waiting.size();
  }

  /** Bytes that wait. */
  long waitingBytes() {
    long bytes = 0;
    for (ByteBuf data : waiting) {
      bytes += data.readableBytes();
    }
    return bytes;
  }

  /** The first {@code most} bytes that wait; the caller releases them. */
  ByteBuf peek(int most) {
    ByteBuf[] pieces = new ByteBuf[waiting.size()];
    int count = 0;
    for (ByteBuf data : waiting) {
      pieces[count++] = data.retainedDuplicate();
    }
    ByteBuf all = Unpooled.wrappedBuffer(Math.max(1, count), pieces);
    return all.writerIndex(Math.min(all.writerIndex(), all.readerIndex() + most));
  }

  /** The piece is about to be sent: keeps what it holds, if there is room. */
  void keep(ByteBuf data) {
    if (!complete) {
      return;
    }
    keptBytes += data.readableBytes();
    if (keptBytes > KEPT_BYTES) {
      giveUpReplay();
    } else if (data.isReadable()) {
      kept.add(data.retainedDuplicate());
    }
  }

  /** Whether everything that was sent is kept. */
  boolean replayable() {
    return complete;
  }

  /** Number of pieces kept. */
  int kept() {
    return kept.size();
  }

  /** Another reference to a kept piece, for the caller. */
  ByteBuf replay(int index) {
    return kept.get(index).retainedDuplicate();
  }

  /** There will be no other attempt. */
  void giveUpReplay() {
    complete = false;
    for (int i = 0; i < kept.size(); i++) {
      kept.get(i).release();
    }
    kept.clear();
  }

  /** Releases everything. */
  void clear() {
    ByteBuf data;
    while ((data = waiting.poll()) != null) {
      data.release();
    }
    giveUpReplay();
    keptBytes = 0;
    complete = true;
  }
}
