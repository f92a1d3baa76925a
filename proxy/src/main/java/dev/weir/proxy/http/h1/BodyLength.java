package dev.weir.proxy.http.h1;

import dev.weir.core.http.Fields;
import dev.weir.core.http.HeaderName;
import dev.weir.core.http.Token;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * How long the body of a received message is (RFC 9112, section 6.3), decided so that no two
 * readers can disagree: whatever is not perfectly clear is refused.
 */
final class BodyLength {
  /** The body is chunked. */
  static final long CHUNKED = -1;

  /** The body ends with the connection. */
  static final long UNTIL_CLOSE = -2;

  private static final byte[] CHUNKED_CODING = "chunked".getBytes(StandardCharsets.US_ASCII);

  private long length;

  /**
   * Reads {@code Content-Length} and {@code Transfer-Encoding}, and removes the latter.
   *
   * @param otherwise the length if neither is there
   * @return null, or what is wrong
   */
  @Nullable Defect read(HeadScanner scanner, Fields fields, long otherwise) {
    boolean sized = scanner.saw(HeaderName.CONTENT_LENGTH);
    if (scanner.saw(HeaderName.TRANSFER_ENCODING)) {
      if (scanner.http10()) {
        return Defect.CODING_IN_HTTP_1_0;
      }
      if (sized) {
        return Defect.LENGTH_AND_CODING;
      }
      length = CHUNKED;
      return coding(scanner, fields);
    }
    if (!sized) {
      length = otherwise;
      return null;
    }
    if (scanner.sawMany(HeaderName.CONTENT_LENGTH)) {
      return Defect.REPEATED_CONTENT_LENGTH;
    }
    int index = fields.indexOf(HeaderName.CONTENT_LENGTH);
    length = Bytes.decimal(fields.bytes(), fields.valueStart(index), fields.valueEnd(index));
    return length < 0 ? Defect.CONTENT_LENGTH : null;
  }

  private static @Nullable Defect coding(HeadScanner scanner, Fields fields) {
    if (scanner.sawMany(HeaderName.TRANSFER_ENCODING)) {
      return Defect.CODING;
    }
    int index = fields.indexOf(HeaderName.TRANSFER_ENCODING);
    byte[] bytes = fields.bytes();
    int start = fields.valueStart(index);
    int end = fields.valueEnd(index);
    fields.remove(index);
    if (Bytes.equalsIgnoreCase(bytes, start, end, CHUNKED_CODING)) {
      return null;
    }
    return otherCodings(bytes, start, end) ? Defect.CODING_NOT_IMPLEMENTED : Defect.CODING;
  }

  /** Whether the list is well-formed and has {@code chunked} once, as the last coding. */
  private static boolean otherCodings(byte[] bytes, int start, int end) {
    int at = start;
    while (true) {
      int name = at;
      while (at < end && Token.isTokenChar(bytes[at])) {
        at++;
      }
      if (at == name) {
        return false;
      }
      boolean chunked = Bytes.equalsIgnoreCase(bytes, name, at, CHUNKED_CODING);
      if (at == end || chunked) {
        return at == end && chunked;
      }
      at = skipSpace(bytes, at, end);
      if (at == end || bytes[at] != ',') {
        return false;
      }
      at = skipSpace(bytes, at + 1, end);
    }
  }

  private static int skipSpace(byte[] bytes, int from, int end) {
    int at = from;
    while (at < end && (bytes[at] == ' ' || bytes[at] == '\t')) {
      at++;
    }
    return at;
  }

  /**
   * The {@code Content-Length} of a message to be sent, or -1 if there is none. Whatever filters
   * did, at most one valid field is left.
   */
  static long announced(Fields fields) {
    int index = fields.indexOf(HeaderName.CONTENT_LENGTH);
    if (index < 0) {
      return -1;
    }
    long length = Bytes.decimal(fields.bytes(), fields.valueStart(index), fields.valueEnd(index));
    if (length < 0) {
      fields.remove(index);
      return announced(fields);
    }
    int more = fields.indexOf(HeaderName.CONTENT_LENGTH, index + 1);
    while (more >= 0) {
      fields.remove(more);
      more = fields.indexOf(HeaderName.CONTENT_LENGTH, more + 1);
    }
    return length;
  }

  /** The length in bytes, {@link #CHUNKED} or {@link #UNTIL_CLOSE}. */
  long length() {
    return length;
  }
}
