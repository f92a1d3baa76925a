package dev.weir.features.sessions;

import dev.weir.core.filter.Sessions;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Base64;

/**
 * What a client holds of its session: 24 bytes, the id of an endpoint, the time when the session
 * began, in milliseconds since 1970, and a tag over both; in base64url (RFC 4648, section 5).
 */
final class SessionToken {
  /** Length in characters. */
  static final int LENGTH = 32;

  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private static final byte[] DIGITS = digits();

  private SessionToken() {}

  /** The token as ASCII. */
  static byte[] write(SessionKey key, long endpoint, long begun) {
    byte[] bytes = new byte[3 * Long.BYTES];
    LONGS.set(bytes, 0, endpoint);
    LONGS.set(bytes, 8, begun);
    LONGS.set(bytes, 16, key.tag(endpoint, begun));
    return Base64.getUrlEncoder().encode(bytes);
  }

  /**
   * The endpoint of the token in {@code text[start, end)}.
   *
   * @param lifetime after which a session is over, in milliseconds; 0 for never
   * @return {@link Sessions#NONE} if that is no token of this key, or it is too old
   */
  static long read(SessionKey key, byte[] text, int start, int end, long lifetime, long now) {
    if (end - start != LENGTH) {
      return Sessions.NONE;
    }
    long endpoint = 0;
    long begun = 0;
    long tag = 0;
    for (int i = 0; i < LENGTH; i++) {
      int digit = text[start + i] < 0 ? -1 : DIGITS[text[start + i]];
      if (digit < 0) {
        return Sessions.NONE;
      }
      endpoint = (endpoint << 6) | (begun >>> 58);
      begun = (begun << 6) | (tag >>> 58);
      tag = (tag << 6) | digit;
    }
    if (tag != key.tag(endpoint, begun)) {
      return Sessions.NONE;
    }
    return lifetime > 0 && now - begun >= lifetime ? Sessions.NONE : endpoint;
  }

  private static byte[] digits() {
    byte[] digits = new byte[128];
    Arrays.fill(digits, (byte) -1);
    String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for (int i = 0; i < alphabet.length(); i++) {
      digits[alphabet.charAt(i)] = (byte) i;
    }
    return digits;
  }
}
