package dev.weir.proxy.compile;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class KeptTest {
  private static final List<String> HUNDRED =
      IntStream.range(0, 100).mapToObj(i -> "e" + i).toList();

  @RepeatedTest(20)
  void whatItFindsIsThereAndWhatIsNewIsNot(RepetitionInfo repetition) {
    SplittableRandom random = new SplittableRandom(repetition.getCurrentRepetition());
    List<String> later = new ArrayList<>(HUNDRED);
    for (int change = random.nextInt(60); change > 0; change--) {
      int at = random.nextInt(later.size());
      switch (random.nextInt(3)) {
        case 0 -> later.remove(at);
        case 1 -> later.add(at, "new" + change);
        default -> later.set(at, "new" + change);
      }
    }

    Kept<String> kept = new Kept<>(HUNDRED);
    for (String element : later) {
      int found = kept.find(element);
      if (element.startsWith("new")) {
        assertThat(found).isEqualTo(-1);
      } else if (found >= 0) {
        assertThat(HUNDRED.get(found)).isEqualTo(element);
      }
    }
  }

  @Test
  void aFewElementsThatComeGoOrChangeHideNoOthers() {
    List<String> later = new ArrayList<>(HUNDRED);
    later.set(10, "other");
    later.remove(20);
    later.add(30, "more");

    Kept<String> kept = new Kept<>(HUNDRED);

    assertThat(later.stream().filter(element -> kept.find(element) < 0))
        .containsExactly("other", "more");
  }

  @Test
  void manyThatAreGoneHideNoMoreThanAFew() {
    List<String> later = HUNDRED.subList(50, 100);

    Kept<String> kept = new Kept<>(HUNDRED);

    assertThat(later.stream().filter(element -> kept.find(element) < 0)).hasSizeLessThan(4);
  }
}
