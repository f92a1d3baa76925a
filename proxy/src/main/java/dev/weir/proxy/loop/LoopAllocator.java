package dev.weir.proxy.loop;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * The buffers of one event loop. An ordinary message is read, put together and sent before the next
 * one is looked at, and a large body goes on as it comes, piece by piece: a few buffers of three
 * sizes serve nearly all of them by turns. Nothing is allocated, and the memory is still in the
 * cache of the core. What waits for the end of the {@link Turn} has buffers of its own, which do
 * not take the place of those. What is of another size, or asked for while all of these are in use,
 * comes from Netty's own allocator, which for reads of a large body gets memory from the system
 * each time, and zeroes it.
 *
 * <p>A buffer is free again when all its references are released but the one held here; slices and
 * duplicates count. Allocation and {@link #close} on the loop only; releases anywhere.
 */
public final class LoopAllocator extends AbstractByteBufAllocator implements AutoCloseable {
  /** Capacity of the buffers used by turns for a head with a small body. */
  static final int SMALL = 4096;

  /** The same for a TLS record with its overhead, or a body of some kilobytes. */
  static final int RECORD = 17 * 1024;

  /** The same for a read of a large body. */
  static final int LARGE = SocketOptions.LARGEST_READ;

  /**
   * A read that asks for more than this follows one that filled as much: it gets a large buffer
   * without the risk that little of it is used, and held for long.
   */
  private static final int LARGE_FROM = LARGE / 4;

  private static final int SMALL_COUNT = 4;

  /** The records of two large reads. */
  private static final int RECORD_COUNT = 32;

  private static final int LARGE_COUNT = 4;

  /** What one turn can put off, and as much that it does not send: it waits for TLS. */
  private static final int WAITING_COUNT = 2 * Turn.MOST;

  /** After so many times that none was free, those in use are left to their users. */
  private static final int PATIENCE = 64;

  private final ByteBufAllocator others = ByteBufAllocator.DEFAULT;
  private final Shelf small = new Shelf(SMALL, SMALL_COUNT);
  private final Shelf record = new Shelf(RECORD, RECORD_COUNT);
  private final Shelf large = new Shelf(LARGE, LARGE_COUNT);
  private final Shelf waiting = new Shelf(SMALL, WAITING_COUNT);
  private final Turn turn;

  /** What the shelf of waiting buffers was last asked for. */
  private int batch;

  private boolean closed;

  /** Buffers of the loop whose turns are {@code turn}. */
  public LoopAllocator(Turn turn) {
    super(true);
    this.turn = turn;
  }

  /** The turn of the loop. */
  public Turn turn() {
    return turn;
  }

  @Override
  protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
    ByteBuf own = maxCapacity == Integer.MAX_VALUE && !closed ? own(initialCapacity) : null;
    return own == null ? others.directBuffer(initialCapacity, maxCapacity) : own;
  }

  private @Nullable ByteBuf own(int capacity) {
    if (capacity <= SMALL) {
      ByteBuf buffer = small.lowest();
      return buffer == null ? waiting() : buffer;
    }
    if (capacity <= RECORD) {
      return record.lowest();
    }
    return LARGE_FROM < capacity && capacity <= LARGE ? large.lowest() : null;
  }

  /** A buffer for a message that is to wait until the turn ends. */
  public ByteBuf waiting(int capacity) {
    ByteBuf own = capacity <= SMALL && !closed ? waiting() : null;
    return own == null ? directBuffer(capacity) : own;
  }

  /** In a short turn the first few are used, again and again. */
  private @Nullable ByteBuf waiting() {
    if (batch != turn.batch()) {
      batch = turn.batch();
      waiting.rewind();
    }
    return waiting.following();
  }

  /**
   * Whether {@code buffer} is one of these, and nobody else has a reference to it or to a part: all
   * of its memory is the caller's.
   */
  public boolean isAlone(ByteBuf buffer) {
    return buffer.refCnt() == 2
        && switch (buffer.capacity()) {
          case SMALL -> small.holds(buffer) || waiting.holds(buffer);
          case RECORD -> record.holds(buffer);
          case LARGE -> large.holds(buffer);
          default -> false;
        };
  }

  /** Some buffers of the same capacity, made when they are first needed. */
  private final class Shelf {
    private final int size;
    private final @Nullable ByteBuf[] own;
    private int position;
    private int misses;

    Shelf(int size, int count) {
      this.size = size;
      own = new @Nullable ByteBuf[count];
    }

    /** The first that is free, or null. */
    @Nullable ByteBuf lowest() {
      for (ByteBuf buffer : own) {
        if (buffer != null && isFree(buffer)) {
          return buffer.clear().retain();
        }
      }
      boolean renew = misses++ % PATIENCE == 0;
      for (int i = 0; i < own.length; i++) {
        if (renew || isToReplace(own[i])) {
          return replaced(i);
        }
      }
      return null;
    }

    /** The next after the last one given that is free, or null. */
    @Nullable ByteBuf following() {
      while (position < own.length) {
        int i = position++;
        ByteBuf buffer = own[i];
        if (buffer != null && isFree(buffer)) {
          return buffer.clear().retain();
        }
        if (isToReplace(buffer) || misses++ % PATIENCE == 0) {
          return replaced(i);
        }
      }
      return null;
    }

    void rewind() {
      position = 0;
    }

    /** Looked for first where the last one was given. */
    @SuppressWarnings("ReferenceEquality") // this one, not one like it
    boolean holds(ByteBuf buffer) {
      for (int i = position - 1; i >= 0; i--) {
        if (own[i] == buffer) {
          return true;
        }
      }
      for (int i = position; i < own.length; i++) {
        if (own[i] == buffer) {
          return true;
        }
      }
      return false;
    }

    private boolean isFree(ByteBuf buffer) {
      return buffer.refCnt() == 1 && buffer.capacity() == size;
    }

    /** Whether it grew, or was not needed so far. */
    private boolean isToReplace(@Nullable ByteBuf buffer) {
      return buffer == null || buffer.capacity() != size;
    }

    /**
     * Another one in place of what seems to be kept for long: by a slow peer, or part of a head.
     */
    private ByteBuf replaced(int i) {
      ByteBuf before = own[i];
      if (before != null) {
        before.release();
      }
      ByteBuf fresh = others.directBuffer(size);
      own[i] = fresh;
      return fresh.retain();
    }

    void close() {
      for (int i = 0; i < own.length; i++) {
        ByteBuf buffer = own[i];
        if (buffer != null) {
          own[i] = null;
          buffer.release();
        }
      }
    }
  }

  @Override
  protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
    return others.heapBuffer(initialCapacity, maxCapacity);
  }

  @Override
  public boolean isDirectBufferPooled() {
    return others.isDirectBufferPooled();
  }

  /** Lets the buffers go; later ones are Netty's. */
  @Override
  public void close() {
    closed = true;
    small.close();
    record.close();
    large.close();
    waiting.close();
  }
}
