package dev.weir.core.http;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;

/**
 * A field name prepared for comparison: lower-case bytes and, for the names the proxy itself acts
 * on, a small number that a scanner stores beside each field.
 *
 * <p>Field names are case-insensitive (RFC 9110, section 5.1) and consist of token characters.
 */
public final class HeaderName {
  /** The {@link #id()} of a name that the proxy has no opinion about. */
  public static final int OTHER = 0;

  private static final HeaderName[] KNOWN = new HeaderName[40];
  private static int known = 1;

  public static final HeaderName HOST = known("host");
  public static final HeaderName CONNECTION = known("connection");
  public static final HeaderName CONTENT_LENGTH = known("content-length");
  public static final HeaderName TRANSFER_ENCODING = known("transfer-encoding");
  public static final HeaderName TE = known("te");
  public static final HeaderName TRAILER = known("trailer");
  public static final HeaderName UPGRADE = known("upgrade");
  public static final HeaderName EXPECT = known("expect");
  public static final HeaderName KEEP_ALIVE = known("keep-alive");
  public static final HeaderName PROXY_CONNECTION = known("proxy-connection");
  public static final HeaderName PROXY_AUTHENTICATE = known("proxy-authenticate");
  public static final HeaderName PROXY_AUTHORIZATION = known("proxy-authorization");
  public static final HeaderName HTTP2_SETTINGS = known("http2-settings");
  public static final HeaderName X_FORWARDED_FOR = known("x-forwarded-for");
  public static final HeaderName X_FORWARDED_PROTO = known("x-forwarded-proto");
  public static final HeaderName X_FORWARDED_HOST = known("x-forwarded-host");
  public static final HeaderName X_FORWARDED_PORT = known("x-forwarded-port");
  public static final HeaderName X_FORWARDED_CLIENT_CERT = known("x-forwarded-client-cert");
  public static final HeaderName FORWARDED = known("forwarded");
  public static final HeaderName X_REQUEST_ID = known("x-request-id");
  public static final HeaderName VIA = known("via");
  public static final HeaderName DATE = known("date");
  public static final HeaderName SERVER = known("server");
  public static final HeaderName CONTENT_TYPE = known("content-type");
  public static final HeaderName COOKIE = known("cookie");
  public static final HeaderName AUTHORIZATION = known("authorization");
  public static final HeaderName ORIGIN = known("origin");
  public static final HeaderName USER_AGENT = known("user-agent");
  public static final HeaderName LOCATION = known("location");
  public static final HeaderName GRPC_STATUS = known("grpc-status");
  public static final HeaderName GRPC_MESSAGE = known("grpc-message");
  public static final HeaderName GRPC_TIMEOUT = known("grpc-timeout");

  private static final long FRAMING =
      mask(
          CONNECTION,
          CONTENT_LENGTH,
          TRANSFER_ENCODING,
          TE,
          TRAILER,
          UPGRADE,
          KEEP_ALIVE,
          PROXY_CONNECTION,
          HTTP2_SETTINGS);

  private static final HeaderName[][] BY_LENGTH = byLength();

  private final byte[] lower;
  private final String text;
  private final int id;

  private HeaderName(String name, int id) {
    this.text = name.toLowerCase(Locale.ROOT);
    this.lower = text.getBytes(StandardCharsets.US_ASCII);
    this.id = id;
  }

  /**
   * The name for {@code name}, the shared constant where there is one.
   *
   * @throws IllegalArgumentException if the name is empty or has a character that no token has (RFC
   *     9110, section 5.6.2)
   */
  public static HeaderName of(String name) {
    if (name.isEmpty()) {
      throw new IllegalArgumentException("a header name must not be empty");
    }
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (c > 127 || !Token.isTokenChar((byte) c)) {
        throw new IllegalArgumentException(
            "\"" + name + "\" is not a header name: character " + (i + 1) + " is not allowed");
      }
    }
    HeaderName candidate = new HeaderName(name, OTHER);
    int id = idOf(candidate.lower, 0, candidate.lower.length);
    return id == OTHER ? candidate : KNOWN[id];
  }

  /**
   * The id of the known name that stands in {@code bytes[start, end)} in any case, or {@link
   * #OTHER}.
   */
  public static int idOf(byte[] bytes, int start, int end) {
    int length = end - start;
    if (length >= BY_LENGTH.length) {
      return OTHER;
    }
    for (HeaderName candidate : BY_LENGTH[length]) {
      if (candidate.matches(bytes, start, end)) {
        return candidate.id;
      }
    }
    return OTHER;
  }

  /** Whether {@code bytes[start, end)} spells this name, in any case. */
  public boolean matches(byte[] bytes, int start, int end) {
    byte[] name = lower;
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

  /** A small number for names the proxy acts on, {@link #OTHER} for all others. */
  public int id() {
    return id;
  }

  /**
   * Whether fields of that {@link #id()} delimit a message or belong to one connection (RFC 9110,
   * section 7.6.1), so that only codecs write them.
   */
  public static boolean isFraming(int id) {
    return id > 0 && (FRAMING >>> id & 1) != 0;
  }

  private static long mask(HeaderName... names) {
    long mask = 0;
    for (HeaderName name : names) {
      mask |= 1L << name.id;
    }
    return mask;
  }

  /** Length in bytes. */
  public int length() {
    return lower.length;
  }

  /** Appends the lower-case bytes to {@code target} at {@code offset}. */
  void copyTo(byte[] target, int offset) {
    System.arraycopy(lower, 0, target, offset, lower.length);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof HeaderName that && text.equals(that.text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  /** The name in lower case. */
  @Override
  public String toString() {
    return text;
  }

  private static HeaderName known(String name) {
    HeaderName result = new HeaderName(name, known);
    KNOWN[known++] = result;
    return result;
  }

  private static HeaderName[][] byLength() {
    int longest = 0;
    for (int i = 1; i < known; i++) {
      longest = Math.max(longest, KNOWN[i].length());
    }
    HeaderName[][] table = new HeaderName[longest + 1][];
    Arrays.fill(table, new HeaderName[0]);
    for (int i = 1; i < known; i++) {
      HeaderName name = KNOWN[i];
      HeaderName[] row = table[name.length()];
      row = Arrays.copyOf(row, row.length + 1);
      row[row.length - 1] = name;
      table[name.length()] = row;
    }
    return table;
  }
}
