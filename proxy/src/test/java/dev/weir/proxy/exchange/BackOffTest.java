package dev.weir.proxy.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.proxy.plan.RetryPolicy;
import java.util.BitSet;
import java.util.LongSummaryStatistics;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How long is paused between attempts. */
class BackOffTest {
  private final SplittableRandom random = new SplittableRandom(1);

  private static RetryPolicy policy(long pause, long longest) {
    return new RetryPolicy(Set.of(), new BitSet(), 1, pause, longest);
  }

  private LongSummaryStatistics pauses(RetryPolicy policy, int attempts) {
    return LongStream.generate(() -> BackOff.nanos(policy, attempts, random))
        .limit(10_000)
        .summaryStatistics();
  }

  @ParameterizedTest
  @CsvSource({"1, 200", "2, 400", "3, 800", "4, 1000", "5, 1000", "63, 1000", "1000000, 1000"})
  void neverLessThanAskedForAndUpToTwiceAsMuchEachTime(int attempts, long most) {
    LongSummaryStatistics pauses = pauses(policy(100, 1000), attempts);

    assertThat(pauses.getMin()).isBetween(100L, 110L);
    assertThat(pauses.getMax()).isBetween(most - 10, most);
  }

  @Test
  void withoutRoomForChanceIsAlwaysTheSame() {
    assertThat(pauses(policy(100, 100), 7).getMin()).isEqualTo(100);
    assertThat(pauses(policy(100, 100), 7).getMax()).isEqualTo(100);
  }

  @ParameterizedTest
  @CsvSource({"1", "2", "31", "32", "33", "64", "2147483647"})
  void doesNotOverflow(int attempts) {
    LongSummaryStatistics pauses = pauses(policy(Long.MAX_VALUE / 3, Long.MAX_VALUE), attempts);

    assertThat(pauses.getMin()).isGreaterThanOrEqualTo(Long.MAX_VALUE / 3);
  }
}
