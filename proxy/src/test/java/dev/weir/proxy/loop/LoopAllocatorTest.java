package dev.weir.proxy.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LoopAllocatorTest {
  private final LoopAllocator allocator = new LoopAllocator();

  @AfterEach
  void close() {
    allocator.close();
  }

  /** Where the memory of a buffer is. */
  private static long memory(ByteBuf buffer) {
    return buffer.memoryAddress();
  }

  @Test
  void givesFreedMemoryAgain() {
    ByteBuf first = allocator.ioBuffer(100);
    first.writeLong(1);
    long memory = memory(first);
    first.release();

    ByteBuf second = allocator.ioBuffer(2000);
    assertThat(memory(second)).isEqualTo(memory);
    assertThat(second.isReadable()).isFalse();
    assertThat(second.writableBytes()).isEqualTo(LoopAllocator.SIZE);
    second.release();
  }

  @Test
  void neverGivesMemoryThatSomebodyHas() {
    List<ByteBuf> all = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      ByteBuf buffer = allocator.ioBuffer(64);
      buffer.writeInt(i).writeZero(60);
      if (i % 3 == 0) {
        // A slice keeps the whole.
        all.add(buffer.readRetainedSlice(4));
        buffer.release();
      } else if (i % 3 == 1) {
        all.add(buffer);
      } else {
        buffer.release();
      }
    }
    int expected = 0;
    for (ByteBuf buffer : all) {
      assertThat(buffer.getInt(buffer.readerIndex())).isEqualTo(expected);
      expected += expected % 3 == 0 ? 1 : 2;
      buffer.release();
    }
  }

  @Test
  void isNotHeldUpByBuffersThatStayAway() {
    List<ByteBuf> kept = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      kept.add(allocator.ioBuffer(64));
    }
    // After some allocations others take the place of those that stay away.
    for (int i = 0; i < 200; i++) {
      allocator.ioBuffer(64).release();
    }
    ByteBuf one = allocator.ioBuffer(64);
    long memory = memory(one);
    one.release();
    ByteBuf again = allocator.ioBuffer(64);
    assertThat(memory(again)).isEqualTo(memory);
    again.release();
    kept.forEach(ByteBuf::release);
  }

  @Test
  void doesNotKeepWhatGrew() {
    ByteBuf buffer = allocator.ioBuffer(64);
    buffer.writeZero(100_000);
    buffer.release();

    ByteBuf next = allocator.ioBuffer(64);
    assertThat(next.capacity()).isLessThanOrEqualTo(LoopAllocator.SIZE);
    next.release();
  }

  @Test
  void leavesLargeOnesToNetty() {
    ByteBuf large = allocator.ioBuffer(LoopAllocator.SIZE + 1);
    assertThat(large.capacity()).isEqualTo(LoopAllocator.SIZE + 1);
    assertThat(large.refCnt()).isEqualTo(1);
    large.release();
  }

  @Test
  void letsGoAtTheEnd() {
    ByteBuf used = allocator.ioBuffer(64);
    allocator.close();
    assertThat(used.refCnt()).isEqualTo(1);
    used.release();

    ByteBuf late = allocator.ioBuffer(64);
    assertThat(late.refCnt()).isEqualTo(1);
    late.release();
  }
}
