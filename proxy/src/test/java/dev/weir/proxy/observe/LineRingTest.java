package dev.weir.proxy.observe;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class LineRingTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  private static byte[] line(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  @Test
  void dropsAndCountsWhatFindsNoRoom() throws Exception {
    LineRing ring = new LineRing(8);

    assertThat(ring.add(line("12345"), 5)).isTrue();
    assertThat(ring.add(line("6789"), 4)).isFalse();
    assertThat(ring.dropped()).isEqualTo(1);
    assertThat(ring.drainTo(out)).isEqualTo(5);
    assertThat(ring.add(line("6789"), 4)).isTrue();
    ring.drainTo(out);
    assertThat(out.toString(StandardCharsets.US_ASCII)).isEqualTo("123456789");
  }

  @Test
  void linesArriveWholeAndInOrderFromAnotherThread() throws Exception {
    LineRing ring = new LineRing(1 << 10);
    int count = 20_000;
    Thread loop =
        Thread.ofPlatform()
            .start(() -> {
              Random random = new Random(7);
              for (int i = 0; i < count; i++) {
                byte[] text = line(i + "-" + "x".repeat(random.nextInt(90)) + "\n");
                while (!ring.add(text, text.length)) {
                  Thread.onSpinWait();
                }
              }
            });
    while (loop.isAlive()) {
      ring.drainTo(out);
    }
    loop.join();
    ring.drainTo(out);

    String[] lines = out.toString(StandardCharsets.US_ASCII).split("\n");
    assertThat(lines).hasSize(count);
    for (int i = 0; i < count; i++) {
      assertThat(lines[i]).matches(i + "-x*");
    }
  }
}
