package dev.weir.proxy.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.proxy.plan.ClusterPlan.RetryBudget;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What of a retry budget may be spent, at which time and by how many threads. */
class RetryLedgerTest {
  private static final long SECOND = 1_000_000_000L;

  private static RetryLedger ledger(int percent, int minRetries) {
    return new RetryLedger(new RetryBudget(percent, 10 * SECOND, minRetries, SECOND));
  }

  private static int spendAll(RetryLedger ledger, long now) {
    int spent = 0;
    while (spent < 100_000 && ledger.spend(now)) {
      ledger.attempted(now);
      spent++;
    }
    return spent;
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, -5 * SECOND - 7, Long.MIN_VALUE / 2, Long.MAX_VALUE / 2})
  void aShareOfTheAttemptsMayBeRetries(long now) {
    RetryLedger ledger = ledger(20, 0);
    for (int i = 0; i < 800; i++) {
      ledger.attempted(now);
    }

    // 200 of then 1000.
    assertThat(spendAll(ledger, now)).isEqualTo(200);
    assertThat(spendAll(ledger, now + 5 * SECOND)).isZero();
  }

  @Test
  void theMinimumIsAllowedWithoutTraffic() {
    RetryLedger ledger = ledger(20, 7);

    assertThat(spendAll(ledger, 0)).isEqualTo(7);
    assertThat(spendAll(ledger, SECOND * 9 / 10 - 1)).isZero();
    assertThat(spendAll(ledger, SECOND)).isEqualTo(7);
  }

  @Test
  void attemptsCountForTheInterval() {
    RetryLedger ledger = ledger(50, 0);
    ledger.attempted(0);

    assertThat(ledger.spend(9 * SECOND)).isTrue();
    assertThat(ledger(50, 0).spend(0)).isFalse();
    RetryLedger late = ledger(50, 0);
    late.attempted(0);
    assertThat(late.spend(10 * SECOND)).isFalse();
  }

  @Test
  void allAndNothing() {
    assertThat(spendAll(ledger(100, 0), 0)).isEqualTo(100_000);
    RetryLedger nothing = ledger(0, 0);
    nothing.attempted(0);
    assertThat(nothing.spend(0)).isFalse();
  }

  @Test
  void slidesAsANaiveCounterDoes() {
    SplittableRandom random = new SplittableRandom(7);
    SlidingCount count = new SlidingCount(1000);
    Deque<Long> times = new ArrayDeque<>();
    long now = -3456;
    for (int i = 0; i < 20_000; i++) {
      now += random.nextInt(random.nextInt(50) == 0 ? 3000 : 30);
      if (random.nextInt(4) == 0 && !times.isEmpty() && sameTenth(times.getLast(), now)) {
        count.add(now, -1);
        times.removeLast();
      } else {
        count.add(now, 1);
        times.addLast(now);
      }
      long oldest = Math.floorDiv(now, 100L) - 9;
      times.removeIf(time -> Math.floorDiv(time, 100L) < oldest);
      assertThat(count.sum(now)).isEqualTo(times.size());
    }
  }

  private static boolean sameTenth(long a, long b) {
    return Math.floorDiv(a, 100L) == Math.floorDiv(b, 100L);
  }

  @Test
  void threadsTogetherSpendNoMoreThanOneWould() throws Exception {
    int threads = 4;
    RetryLedger ledger = ledger(20, 10);
    AtomicInteger spent = new AtomicInteger();
    CountDownLatch start = new CountDownLatch(1);
    try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        running.add(
            pool.submit(() -> {
              start.await();
              for (int j = 0; j < 10_000; j++) {
                ledger.attempted(j);
                if (ledger.spend(j)) {
                  spent.incrementAndGet();
                }
              }
              return null;
            }));
      }
      start.countDown();
      for (Future<?> each : running) {
        each.get();
      }
    }
    // A fifth of all attempts, less what was refused while others looked at the same time.
    assertThat(spent.get()).isBetween(threads * 1000, threads * 10_000 / 5 + 10);
  }
}
