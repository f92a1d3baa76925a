package dev.weir.proxy.loop;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * The buffers of one event loop. An ordinary message is read, put together and sent before the next
 * one is looked at, so that a few small buffers serve nearly all of them by turns: no allocation,
 * and memory that is still in the cache. What is large, or asked for while all of these are in use,
 * comes from Netty's own allocator.
 *
 * <p>A buffer is free again when all its references are released but the one held here; slices and
 * duplicates count. Allocation and {@link #close} on the loop only; releases anywhere.
 */
public final class LoopAllocator extends AbstractByteBufAllocator implements AutoCloseable {
  /** Capacity of the buffers used by turns: a head with a small body. */
  static final int SIZE = 4096;

  private static final int COUNT = 4;

  /** After so many times that none was free, those in use are left to their users. */
  private static final int PATIENCE = 64;

  private final ByteBufAllocator others = ByteBufAllocator.DEFAULT;
  private final @Nullable ByteBuf[] own = new @Nullable ByteBuf[COUNT];
  private int misses;
  private boolean closed;

  public LoopAllocator() {
    super(true);
  }

  @Override
  protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
    if (initialCapacity > SIZE || maxCapacity != Integer.MAX_VALUE || closed) {
      return others.directBuffer(initialCapacity, maxCapacity);
    }
    for (ByteBuf buffer : own) {
      if (buffer != null && buffer.refCnt() == 1 && buffer.capacity() == SIZE) {
        return buffer.clear().retain();
      }
    }
    return miss(initialCapacity);
  }

  /** Replaces what grew or seems to be kept for long: by a slow peer, or as part of a head. */
  private ByteBuf miss(int initialCapacity) {
    boolean renew = misses++ % PATIENCE == 0;
    for (int i = 0; i < COUNT; i++) {
      ByteBuf buffer = own[i];
      if (buffer == null || buffer.capacity() != SIZE || renew) {
        if (buffer != null) {
          buffer.release();
        }
        ByteBuf fresh = others.directBuffer(SIZE);
        own[i] = fresh;
        return fresh.retain();
      }
    }
    return others.directBuffer(initialCapacity);
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
    for (int i = 0; i < COUNT; i++) {
      ByteBuf buffer = own[i];
      if (buffer != null) {
        own[i] = null;
        buffer.release();
      }
    }
  }
}
