package dev.weir.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class Http2PrefaceTest {
  private static final String PREFACE =
      "PRI * HTTP/2.0|".replace("|", "\r\n\r\n") + "SM|".replace("|", "\r\n\r\n");

  private static Http2Preface matches(String text) {
    ByteBuf first = Unpooled.copiedBuffer("__" + text, StandardCharsets.US_ASCII).skipBytes(2);
    try {
      Http2Preface result = Http2Preface.matches(first);
      assertThat(first.readerIndex()).isEqualTo(2);
      return result;
    } finally {
      first.release();
    }
  }

  @Test
  void wantsMoreUntilThePrefaceIsComplete() {
    for (int length = 0; length < PREFACE.length(); length++) {
      assertThat(matches(PREFACE.substring(0, length))).isEqualTo(Http2Preface.MORE);
    }
    assertThat(matches(PREFACE)).isEqualTo(Http2Preface.YES);
    assertThat(matches(PREFACE + "frames")).isEqualTo(Http2Preface.YES);
  }

  @Test
  void seesTheFirstDifferentByte() {
    for (int at = 0; at < PREFACE.length(); at++) {
      assertThat(matches(PREFACE.substring(0, at) + "?")).isEqualTo(Http2Preface.NO);
    }
    assertThat(matches("GET / HTTP/1.1")).isEqualTo(Http2Preface.NO);
    assertThat(matches("PUT")).isEqualTo(Http2Preface.NO);
  }
}
