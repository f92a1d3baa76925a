package dev.weir.proxy.http.h1;

import dev.weir.core.http.Fields;
import dev.weir.core.http.HeaderName;
import dev.weir.core.http.Token;
import java.nio.charset.StandardCharsets;

/**
 * Reads the {@code Connection} fields of a head and takes away what belongs to the connection (RFC
 * 9110, section 7.6.1).
 *
 * <p>A peer may list any field there, also one that the gateway or the backend relies on: a client
 * that lists {@code X-Forwarded-For} or {@code Authorization} would have it stripped. Names that
 * the proxy itself acts on ({@link HeaderName#id()}) are therefore never removed for being listed.
 */
final class ConnectionOptions {
  private static final byte[] CLOSE = ascii("close");
  private static final byte[] KEEP_ALIVE = ascii("keep-alive");
  private static final byte[] UPGRADE = ascii("upgrade");

  /** More than anybody needs; each costs a look at all fields. */
  private static final int MAX_OPTIONS = 32;

  private boolean close;
  private boolean keepAlive;
  private boolean upgrade;
  private int options;

  /** Reads and removes; false if there are too many options. */
  boolean read(HeadScanner scanner, Fields fields) {
    close = false;
    keepAlive = false;
    upgrade = false;
    options = 0;
    if (scanner.saw(HeaderName.CONNECTION)) {
      for (int i = fields.indexOf(HeaderName.CONNECTION);
          i >= 0;
          i = fields.indexOf(HeaderName.CONNECTION, i + 1)) {
        if (!options(fields, fields.valueStart(i), fields.valueEnd(i))) {
          return false;
        }
        fields.remove(i);
      }
    }
    remove(scanner, fields, HeaderName.KEEP_ALIVE);
    remove(scanner, fields, HeaderName.PROXY_CONNECTION);
    remove(scanner, fields, HeaderName.HTTP2_SETTINGS);
    return true;
  }

  /** Removes a field that the scanner saw. */
  static void remove(HeadScanner scanner, Fields fields, HeaderName name) {
    if (scanner.saw(name)) {
      fields.remove(name);
    }
  }

  private boolean options(Fields fields, int from, int to) {
    byte[] bytes = fields.bytes();
    int at = from;
    while (at < to) {
      int start = at;
      while (at < to && Token.isTokenChar(bytes[at])) {
        at++;
      }
      if (at > start) {
        if (++options > MAX_OPTIONS) {
          return false;
        }
        option(fields, bytes, start, at);
      } else {
        at++;
      }
    }
    return true;
  }

  private void option(Fields fields, byte[] bytes, int start, int end) {
    if (Bytes.equalsIgnoreCase(bytes, start, end, CLOSE)) {
      close = true;
    } else if (Bytes.equalsIgnoreCase(bytes, start, end, KEEP_ALIVE)) {
      keepAlive = true;
    } else if (Bytes.equalsIgnoreCase(bytes, start, end, UPGRADE)) {
      upgrade = true;
    } else if (HeaderName.idOf(bytes, start, end) == HeaderName.OTHER) {
      removeListed(fields, bytes, start, end);
    }
  }

  private static void removeListed(Fields fields, byte[] bytes, int start, int end) {
    for (int i = 0; i < fields.slots(); i++) {
      if (fields.isLive(i)
          && fields.id(i) == HeaderName.OTHER
          && sameName(bytes, fields.nameStart(i), fields.nameEnd(i), start, end)) {
        fields.remove(i);
      }
    }
  }

  private static boolean sameName(byte[] bytes, int from, int to, int start, int end) {
    if (to - from != end - start) {
      return false;
    }
    for (int i = 0; i < to - from; i++) {
      if (Token.lower(bytes[from + i]) != Token.lower(bytes[start + i])) {
        return false;
      }
    }
    return true;
  }

  /** Whether a message of HTTP/1.1, or of 1.0, leaves the connection open. */
  boolean persistent(boolean http10) {
    return !close && (!http10 || keepAlive);
  }

  /** Whether {@code Upgrade} was listed. */
  boolean upgrade() {
    return upgrade;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
