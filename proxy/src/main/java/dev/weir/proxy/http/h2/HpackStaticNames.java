package dev.weir.proxy.http.h2;

import dev.weir.core.http.Token;
import java.nio.charset.StandardCharsets;

/** The field names of HPACK's static table (RFC 7541, appendix A), found by their bytes. */
final class HpackStaticNames {
  /** Names 15 to 61; those before are pseudo-header fields. */
  private static final String[] NAMES = {
    "accept-charset",
    "accept-encoding",
    "accept-language",
    "accept-ranges",
    "accept",
    "access-control-allow-origin",
    "age",
    "allow",
    "authorization",
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-length",
    "content-location",
    "content-range",
    "content-type",
    "cookie",
    "date",
    "etag",
    "expect",
    "expires",
    "from",
    "host",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "last-modified",
    "link",
    "location",
    "max-forwards",
    "proxy-authenticate",
    "proxy-authorization",
    "range",
    "referer",
    "refresh",
    "retry-after",
    "server",
    "set-cookie",
    "strict-transport-security",
    "transfer-encoding",
    "user-agent",
    "vary",
    "via",
    "www-authenticate",
  };

  private static final int FIRST = 15;
  private static final int MASK = 255;
  private static final byte[][] TABLE = new byte[MASK + 1][];
  private static final byte[] INDEX = new byte[MASK + 1];

  static {
    for (int i = 0; i < NAMES.length; i++) {
      byte[] name = NAMES[i].getBytes(StandardCharsets.US_ASCII);
      int slot = hash(name, 0, name.length);
      while (INDEX[slot] != 0) {
        slot = (slot + 1) & MASK;
      }
      TABLE[slot] = name;
      INDEX[slot] = (byte) (FIRST + i);
    }
  }

  private HpackStaticNames() {}

  /** Index of the name in {@code bytes[start, end)}, whatever its case, or 0. */
  static int indexOf(byte[] bytes, int start, int end) {
    int slot = hash(bytes, start, end);
    while (INDEX[slot] != 0) {
      if (same(TABLE[slot], bytes, start, end)) {
        return INDEX[slot];
      }
      slot = (slot + 1) & MASK;
    }
    return 0;
  }

  private static boolean same(byte[] name, byte[] bytes, int start, int end) {
    if (end - start != name.length) {
      return false;
    }
    for (int i = 0; i < name.length; i++) {
      if (Token.lower(bytes[start + i]) != name[i]) {
        return false;
      }
    }
    return true;
  }

  private static int hash(byte[] bytes, int start, int end) {
    int length = end - start;
    int first = Token.lower(bytes[start]);
    int middle = Token.lower(bytes[start + length / 2]);
    int last = Token.lower(bytes[end - 1]);
    return (length * 37 + first * 59 + middle * 31 + last * 7) & MASK;
  }
}
