package dev.weir.proxy.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LoopAllocatorTest {
  private final Turn turn = new Turn();
  private final LoopAllocator allocator = new LoopAllocator(turn);

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
    assertThat(second.writableBytes()).isEqualTo(LoopAllocator.SMALL);
    second.release();
  }

  @ParameterizedTest
  @ValueSource(ints = {64, LoopAllocator.RECORD, LoopAllocator.LARGE})
  void knowsWhoIsAlone(int capacity) {
    List<ByteBuf> all = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      all.add(allocator.ioBuffer(capacity));
    }
    ByteBuf buffer = all.get(1);
    ByteBuf foreign = ByteBufAllocator.DEFAULT.ioBuffer(buffer.capacity());

    assertThat(all).allMatch(allocator::isAlone);
    assertThat(allocator.isAlone(foreign)).isFalse();
    assertThat(allocator.isAlone(foreign.retain())).isFalse();

    ByteBuf part = buffer.writeLong(1).readRetainedSlice(4);
    assertThat(allocator.isAlone(buffer)).isFalse();
    assertThat(allocator.isAlone(part)).isFalse();
    part.release();
    assertThat(allocator.isAlone(buffer)).isTrue();

    foreign.release(2);
    all.forEach(ByteBuf::release);
  }

  /** One that is left to its user, because it has been kept for long, has two users at most. */
  @Test
  void whatIsNoLongerItsOwnIsNotAlone() {
    List<ByteBuf> kept = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      kept.add(allocator.ioBuffer(LoopAllocator.LARGE).retain());
    }
    assertThat(kept).noneMatch(allocator::isAlone);
    kept.forEach(buffer -> buffer.release(2));
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
    assertThat(next.capacity()).isLessThanOrEqualTo(LoopAllocator.SMALL);
    next.release();
  }

  /** A head, a record of TLS, and reads of a large body that have filled as much before. */
  @ParameterizedTest
  @CsvSource({"4096, 4096", "4097, 17408", "16406, 17408", "70000, 262144", "262144, 262144"})
  void hasBuffersForWhatIsFrequent(int asked, int capacity) {
    ByteBuf first = allocator.ioBuffer(asked);
    long memory = memory(first);
    assertThat(first.capacity()).isEqualTo(capacity);
    first.release();

    ByteBuf second = allocator.ioBuffer(asked);
    assertThat(memory(second)).isEqualTo(memory);
    second.release();
  }

  /** So that what is held for a slow client is not many times what there is to hold. */
  @ParameterizedTest
  @ValueSource(ints = {17_409, 65_536, 262_145})
  void leavesOtherSizesToNetty(int asked) {
    ByteBuf buffer = allocator.ioBuffer(asked);
    assertThat(buffer.capacity()).isEqualTo(asked);
    assertThat(buffer.refCnt()).isEqualTo(1);
    buffer.release();
  }

  /** What is read next is still at the place that is in the cache. */
  @Test
  void whatWaitsDoesNotTakeTheOthersPlace() {
    ByteBuf read = allocator.ioBuffer(100);
    long memory = memory(read);
    read.release();
    List<ByteBuf> waiting = new ArrayList<>();
    for (int i = 0; i < Turn.MOST; i++) {
      waiting.add(allocator.waiting(1000));
      ByteBuf next = allocator.ioBuffer(100);
      assertThat(memory(next)).isEqualTo(memory);
      next.release();
    }
    assertThat(waiting).extracting(LoopAllocatorTest::memory).doesNotHaveDuplicates();
    waiting.forEach(ByteBuf::release);
  }

  @Test
  void everyTurnBeginsWithTheSameBuffers() {
    ByteBuf first = allocator.waiting(1000);
    long memory = memory(first);
    ByteBuf second = allocator.waiting(1000);
    first.release();
    second.release();
    assertThat(memory(second)).isNotEqualTo(memory);

    turn.begin();
    turn.end(1);
    ByteBuf next = allocator.waiting(1000);
    assertThat(memory(next)).isEqualTo(memory);
    next.release();
  }

  @Test
  void hasRecordsForAWholeRead() {
    Set<Long> memory = new HashSet<>();
    for (int round = 0; round < 100; round++) {
      List<ByteBuf> records = new ArrayList<>();
      for (int i = 0; i < LoopAllocator.LARGE / (16 * 1024); i++) {
        records.add(allocator.ioBuffer(16_406));
      }
      records.forEach(record -> memory.add(memory(record)));
      records.forEach(ByteBuf::release);
    }
    assertThat(memory).hasSize(16);
  }

  @ParameterizedTest
  @ValueSource(ints = {64, 16_406, 100_000})
  void letsGoAtTheEnd(int asked) {
    ByteBuf used = allocator.ioBuffer(asked);
    assertThat(used.refCnt()).isEqualTo(2);
    allocator.close();
    assertThat(used.refCnt()).isEqualTo(1);
    used.release();

    ByteBuf late = allocator.ioBuffer(asked);
    assertThat(late.refCnt()).isEqualTo(1);
    late.release();
  }
}
