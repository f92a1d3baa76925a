package dev.weir.core.http;

/** Character classes of HTTP messages as table look-ups (RFC 9110, section 5.6.2). */
public final class Token {
  private static final boolean[] TOKEN = new boolean[256];
  private static final boolean[] FIELD_VALUE = new boolean[256];

  static {
    for (char c = '0'; c <= '9'; c++) {
      TOKEN[c] = true;
    }
    for (char c = 'a'; c <= 'z'; c++) {
      TOKEN[c] = true;
      TOKEN[c - 'a' + 'A'] = true;
    }
    for (char c : "!#$%&'*+-.^_`|~".toCharArray()) {
      TOKEN[c] = true;
    }
    for (int c = 0; c < 256; c++) {
      FIELD_VALUE[c] = c == '\t' || (c >= ' ' && c != 127);
    }
  }

  private Token() {}

  /** Whether {@code b} may stand in a token: a method or a field name. */
  public static boolean isTokenChar(byte b) {
    return TOKEN[b & 0xff];
  }

  /** Whether {@code b} may stand in a field value: visible, space, tab or obs-text; no control. */
  public static boolean isFieldValueChar(byte b) {
    return FIELD_VALUE[b & 0xff];
  }

  /** {@code b} with A to Z made lower case. */
  public static byte lower(byte b) {
    return b >= 'A' && b <= 'Z' ? (byte) (b | 0x20) : b;
  }
}
