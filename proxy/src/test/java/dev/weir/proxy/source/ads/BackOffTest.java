package dev.weir.proxy.source.ads;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class BackOffTest {
  private static final Duration LONGEST = Duration.ofSeconds(5);

  private static final class Most extends Random {
    @Override
    public long nextLong(long bound) {
      return bound - 1;
    }
  }

  @Test
  void boundsDoubleUpToTheLongest() {
    BackOff backOff = new BackOff(new Most(), LONGEST);

    assertThat(LongStream.generate(backOff::nextNanos).limit(8))
        .containsExactly(
            LongStream.of(100, 200, 400, 800, 1600, 3200, 5000, 5000)
                .map(millis -> Duration.ofMillis(millis).toNanos())
                .boxed()
                .toArray(Long[]::new));
  }

  @Test
  void beginsAnewAfterSuccess() {
    BackOff backOff = new BackOff(new Most(), LONGEST);
    backOff.nextNanos();
    backOff.nextNanos();

    backOff.reset();

    assertThat(backOff.nextNanos()).isEqualTo(Duration.ofMillis(100).toNanos());
  }

  @Test
  void pausesAreSpreadOverAllOfTheTime() {
    BackOff backOff = new BackOff(new Random(4711), LONGEST);
    long bound = LONGEST.toNanos();
    LongStream.generate(backOff::nextNanos).limit(9).forEach(pause -> {});

    long[] pauses = LongStream.generate(backOff::nextNanos).limit(1000).toArray();

    assertThat(LongStream.of(pauses).allMatch(pause -> pause >= 0 && pause <= bound)).isTrue();
    assertThat(LongStream.of(pauses).filter(pause -> pause < bound / 4).count())
        .isBetween(200L, 300L);
  }
}
