package dev.weir.proxy.http;

/**
 * The syntax of host and optional port: a name of letters, digits, {@code -._~}, an IPv4 address,
 * or an IPv6 address in brackets. The other characters of RFC 3986, section 3.2.2, occur in no host
 * name and are refused, as is user information.
 */
public final class Authority {
  private static final int MAX_PORT = 65535;
  private static final boolean[] NAME = new boolean[128];
  private static final boolean[] ADDRESS = new boolean[128];

  static {
    for (char c = '0'; c <= '9'; c++) {
      NAME[c] = true;
      ADDRESS[c] = true;
    }
    for (char c = 'a'; c <= 'z'; c++) {
      NAME[c] = true;
      NAME[c - 'a' + 'A'] = true;
      ADDRESS[c] = c <= 'f';
      ADDRESS[c - 'a' + 'A'] = c <= 'f';
    }
    for (char c : "-._~".toCharArray()) {
      NAME[c] = true;
    }
    ADDRESS[':'] = true;
    ADDRESS['.'] = true;
  }

  private Authority() {}

  /**
   * Checks {@code bytes[start, end)}.
   *
   * @return the end of the authority without the colon of an empty port, or -1 if it is invalid
   */
  public static int check(byte[] bytes, int start, int end) {
    int at = start;
    if (at < end && bytes[at] == '[') {
      at = skip(bytes, at + 1, end, ADDRESS);
      if (at == end || bytes[at] != ']' || at == start + 1) {
        return -1;
      }
      at++;
    } else {
      at = skip(bytes, at, end, NAME);
      if (at == start) {
        return -1;
      }
    }
    if (at == end) {
      return end;
    }
    if (bytes[at] != ':') {
      return -1;
    }
    return at + 1 == end ? at : port(bytes, at + 1, end) ? end : -1;
  }

  private static int skip(byte[] bytes, int from, int end, boolean[] allowed) {
    int at = from;
    while (at < end && bytes[at] >= 0 && allowed[bytes[at]]) {
      at++;
    }
    return at;
  }

  private static boolean port(byte[] bytes, int from, int end) {
    int value = 0;
    for (int at = from; at < end; at++) {
      int digit = bytes[at] - '0';
      if (digit < 0 || digit > 9) {
        return false;
      }
      value = value * 10 + digit;
      if (value > MAX_PORT) {
        return false;
      }
    }
    return true;
  }
}
