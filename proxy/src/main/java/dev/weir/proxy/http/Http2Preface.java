package dev.weir.proxy.http;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/**
 * Tells HTTP/2 with prior knowledge from HTTP/1 by the first bytes of a plaintext connection (RFC
 * 9113, section 3.4).
 */
public enum Http2Preface {
  /** The connection starts with the whole preface. */
  YES,
  /** It can no longer become the preface. */
  NO,
  /** All bytes so far agree with the preface; more are needed. */
  MORE;

  private static final byte[] PREFACE =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  /** Looks at the readable bytes of {@code first} and moves no index. */
  public static Http2Preface matches(ByteBuf first) {
    int start = first.readerIndex();
    int length = Math.min(first.readableBytes(), PREFACE.length);
    for (int i = 0; i < length; i++) {
      if (first.getByte(start + i) != PREFACE[i]) {
        return NO;
      }
    }
    return length == PREFACE.length ? YES : MORE;
  }
}
