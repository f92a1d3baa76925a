package dev.weir.proxy.loop;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * The buffers of one event loop. An ordinary message is read, put together and sent before the next
 * one is looked at, and a large body goes on as it comes, piece by piece: a few buffers of three
 * sizes serve nearly all of them by turns. Nothing is allocated, and the memory is still in the
 * cache of the core. What is of another size, or asked for while all of these are in use, comes
 * from Netty's own allocator, which for reads of a large body gets memory from the system each
 * time, and zeroes it.
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

  /** After so many times that none was free, those in use are left to their users. */
  private static final int PATIENCE = 64;

  private final ByteBufAllocator others = ByteBufAllocator.DEFAULT;
  private final Turns small = new Turns(SMALL, SMALL_COUNT);
  private final Turns record = new Turns(RECORD, RECORD_COUNT);
  private final Turns large = new Turns(LARGE, LARGE_COUNT);
  private boolean closed;

  public LoopAllocator() {
    super(true);
  }

  @Override
  protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
    if (maxCapacity == Integer.MAX_VALUE && !closed) {
      if (initialCapacity <= SMALL) {
        return small.next(initialCapacity);
      }
      if (initialCapacity <= RECORD) {
        return record.next(initialCapacity);
      }
      if (LARGE_FROM < initialCapacity && initialCapacity <= LARGE) {
        return large.next(initialCapacity);
      }
    }
    return others.directBuffer(initialCapacity, maxCapacity);
  }

  /** A few buffers of the same capacity, made when they are first needed. */
  private final class Turns {
    private final int size;
    private final @Nullable ByteBuf[] own;
    private int misses;

    Turns(int size, int count) {
      this.size = size;
      own = new @Nullable ByteBuf[count];
    }

    ByteBuf next(int initialCapacity) {
      for (ByteBuf buffer : own) {
        if (buffer != null && buffer.refCnt() == 1 && buffer.capacity() == size) {
          return buffer.clear().retain();
        }
      }
      return miss(initialCapacity);
    }

    /** Replaces what grew or seems to be kept for long: by a slow peer, or as part of a head. */
    private ByteBuf miss(int initialCapacity) {
      boolean renew = misses++ % PATIENCE == 0;
      for (int i = 0; i < own.length; i++) {
        ByteBuf buffer = own[i];
        if (buffer == null || buffer.capacity() != size || renew) {
          if (buffer != null) {
            buffer.release();
          }
          ByteBuf fresh = others.directBuffer(size);
          own[i] = fresh;
          return fresh.retain();
        }
      }
      return others.directBuffer(initialCapacity);
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
  }
}
