package dev.weir.core.hash;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SipHashTest {
  /** Key and messages are 0, 1, 2 and so on; the values are those of the reference program. */
  private static final SipHash KEY = new SipHash(0x0706050403020100L, 0x0f0e0d0c0b0a0908L);

  @ParameterizedTest
  @CsvSource({
    "0, 726fdb47dd0e0e31",
    "1, 74f839c593dc67fd",
    "7, ab0200f58b01d137",
    "8, 93f5f5799a932462",
    "15, a129ca6149be45e5",
  })
  void agreesWithThePaper(int length, String hash) {
    byte[] message = new byte[length];
    for (int i = 0; i < length; i++) {
      message[i] = (byte) i;
    }
    assertThat(Long.toHexString(KEY.of(message))).isEqualTo(hash);
  }

  /** The message 00 01 .. 0f, from the test vectors of its inventors. */
  @Test
  void agreesOnTwoNumbersWithItsInventors() {
    assertThat(KEY.of(0x0706050403020100L, 0x0f0e0d0c0b0a0908L)).isEqualTo(0x3f2acc7f57c29bdbL);
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "1, -1", "-81985529216486896, 255"})
  void takesTwoNumbersAsTheirBytes(long a, long b) {
    byte[] message = new byte[16];
    for (int i = 0; i < 8; i++) {
      message[i] = (byte) (a >>> (8 * i));
      message[8 + i] = (byte) (b >>> (8 * i));
    }
    assertThat(KEY.of(a, b)).isEqualTo(KEY.of(message));
  }
}
