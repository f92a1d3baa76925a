package dev.weir.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SipHashTest {
  /** The key 00 01 .. 0f and the message 00 01 .. 0f, from the test vectors of its inventors. */
  @Test
  void givesTheCodesOfItsInventors() {
    long low = 0x0706050403020100L;
    long high = 0x0f0e0d0c0b0a0908L;

    assertThat(SipHash.of(low, high, low, high)).isEqualTo(0x3f2acc7f57c29bdbL);
  }
}
