package dev.weir.proxy.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TurnTest {
  private final Turn turn = new Turn();
  private final List<Integer> sent = new ArrayList<>();

  @Test
  void sendsInOrderWhenItEnds() {
    turn.begin();
    for (int i = 0; i < 3; i++) {
      int message = i;
      assertThat(turn.putOff(() -> sent.add(message))).isTrue();
    }
    assertThat(sent).isEmpty();
    turn.end();
    assertThat(sent).containsExactly(0, 1, 2);
    turn.begin();
    turn.end();
    assertThat(sent).hasSize(3);
  }

  /** Nobody would come back to it before the next socket is ready. */
  @Test
  void takesNothingBetweenTurns() {
    assertThat(turn.putOff(() -> sent.add(0))).isFalse();
    turn.begin();
    turn.end();
    assertThat(turn.putOff(() -> sent.add(0))).isFalse();
    turn.begin();
    turn.putOff(() -> assertThat(turn.putOff(() -> sent.add(1))).isFalse());
    turn.end();
    assertThat(sent).isEmpty();
  }

  @Test
  void sendsEarlierWhatManyWaitFor() {
    turn.begin();
    int before = turn.batch();
    for (int i = 0; i < Turn.MOST + 1; i++) {
      int message = i;
      turn.putOff(() -> sent.add(message));
    }
    assertThat(sent).hasSize(Turn.MOST);
    assertThat(turn.batch()).isNotEqualTo(before);
    turn.end();
    assertThat(sent).hasSize(Turn.MOST + 1);
  }

  /** Also if it makes a batch complete. */
  @Test
  void sendsWhatSendingGivesRiseTo() {
    turn.begin();
    for (int i = 0; i < Turn.MOST; i++) {
      int message = i;
      turn.putOff(() -> {
        sent.add(message);
        turn.putOff(() -> sent.add(message + 1000));
      });
    }
    turn.end();
    assertThat(sent).hasSize(2 * Turn.MOST).doesNotHaveDuplicates();
  }

  @Test
  void bugsOfOneAreNotForOthers() {
    turn.begin();
    turn.putOff(() -> sent.add(0));
    turn.putOff(() -> {
      throw new IllegalStateException("meant");
    });
    turn.putOff(() -> sent.add(2));
    turn.end();
    assertThat(sent).containsExactly(0, 2);
  }
}
