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
    turn.end(1);
    assertThat(sent).containsExactly(0, 1, 2);
    turn.begin();
    turn.end(1);
    assertThat(sent).hasSize(3);
  }

  /** Nobody would come back to it before the next socket is ready. */
  @Test
  void takesNothingBetweenTurns() {
    assertThat(turn.putOff(() -> sent.add(0))).isFalse();
    turn.begin();
    turn.end(1);
    assertThat(turn.putOff(() -> sent.add(0))).isFalse();
    turn.begin();
    turn.putOff(() -> assertThat(turn.putOff(() -> sent.add(1))).isFalse());
    turn.end(1);
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
    turn.end(1);
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
    turn.end(1);
    assertThat(sent).hasSize(2 * Turn.MOST).doesNotHaveDuplicates();
  }

  @Test
  void whatIsSharedWaitsWhileSeveralSocketsAreServed() {
    assertThat(turn.isAwaited()).isFalse();
    turn(2, () -> turn.putOffShared(() -> sent.add(0)));
    turn(3, () -> turn.putOffShared(() -> sent.add(1)));
    assertThat(sent).isEmpty();
    assertThat(turn.isAwaited()).isTrue();
    turn(0, () -> {});
    assertThat(sent).containsExactly(0, 1);
    assertThat(turn.isAwaited()).isFalse();
  }

  @Test
  void whatIsSharedDoesNotWaitAfterOneSocketAlone() {
    turn(1, () -> turn.putOffShared(() -> sent.add(0)));
    assertThat(sent).containsExactly(0);
  }

  @Test
  void whatIsSharedWaitsForSoManySocketsOnly() {
    turn.putOffShared(() -> sent.add(0));
    turn(Turn.MOST - 2, () -> {});
    assertThat(sent).isEmpty();
    turn(2, () -> {});
    assertThat(sent).containsExactly(0);
    // Those of the turns before are not counted again.
    turn(Turn.MOST, () -> {});
    turn.putOffShared(() -> sent.add(1));
    turn(Turn.MOST - 1, () -> {});
    assertThat(sent).containsExactly(0);
  }

  @Test
  void whatIsMuchGoesWhenTheTurnEnds() {
    turn(
        2,
        () -> {
          turn.putOffShared(() -> sent.add(0));
          turn.hurry();
          assertThat(sent).isEmpty();
        });
    assertThat(sent).containsExactly(0);
  }

  /** As when there is room again for what was to follow: otherwise a turn might never end. */
  @Test
  void whatSendingGivesRiseToWaitsAgain() {
    turn.putOffShared(() -> {
      sent.add(0);
      turn.putOffShared(() -> sent.add(1));
    });
    turn(0, () -> {});
    assertThat(sent).containsExactly(0);
    assertThat(turn.isAwaited()).isTrue();
    turn(0, () -> {});
    assertThat(sent).containsExactly(0, 1);
  }

  private void turn(int sockets, Runnable served) {
    turn.begin();
    served.run();
    turn.end(sockets);
  }

  @Test
  void bugsOfOneAreNotForOthers() {
    turn.begin();
    turn.putOff(() -> sent.add(0));
    turn.putOff(() -> {
      throw new IllegalStateException("meant");
    });
    turn.putOff(() -> sent.add(2));
    turn.end(1);
    assertThat(sent).containsExactly(0, 2);
  }
}
