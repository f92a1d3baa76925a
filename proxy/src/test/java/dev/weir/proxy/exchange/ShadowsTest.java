package dev.weir.proxy.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.weir.proxy.plan.Action.Mirror;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ShadowsTest {
  private static final int REQUESTS = 100_000;

  private static int drawn(int numerator, int denominator) {
    SplittableRandom random = new SplittableRandom(42);
    Mirror mirror = new Mirror("mirror", numerator, denominator, false);
    int count = 0;
    for (int i = 0; i < REQUESTS; i++) {
      count += Shadows.drawn(mirror, random) ? 1 : 0;
    }
    return count;
  }

  @ParameterizedTest
  @CsvSource({"20, 100", "1, 100", "99, 100", "333333, 1000000", "500, 10000"})
  void drawsTheShare(int numerator, int denominator) {
    double share = (double) numerator / denominator;
    // Four standard deviations of the binomial distribution.
    double tolerance = 4 * Math.sqrt(REQUESTS * share * (1 - share));
    assertThat((double) drawn(numerator, denominator))
        .isCloseTo(REQUESTS * share, within(tolerance));
  }

  @Test
  void drawsAllOrNone() {
    assertThat(drawn(0, 100)).isZero();
    assertThat(drawn(100, 100)).isEqualTo(REQUESTS);
  }
}
