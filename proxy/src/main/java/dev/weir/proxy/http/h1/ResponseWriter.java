package dev.weir.proxy.http.h1;

import dev.weir.core.http.Fields;
import dev.weir.core.http.HeaderName;
import dev.weir.core.http.ResponseHead;
import dev.weir.proxy.http.TrailerRules;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/** Writes the head of a response to a client. */
final class ResponseWriter {
  private static final byte[] VERSION = ascii("HTTP/1.1 ");
  private static final byte[] CHUNKED = ascii("Transfer-Encoding: chunked\r\n");
  private static final byte[] EMPTY = ascii("Content-Length: 0\r\n");
  private static final byte[] CLOSE = ascii("Connection: close\r\n");
  private static final byte[] KEEP_ALIVE = ascii("Connection: keep-alive\r\n");
  private static final byte[] UPGRADE = ascii("Connection: upgrade\r\n");
  private static final byte[] CLOSE_UPGRADE = ascii("Connection: close, upgrade\r\n");
  private static final long CONTENT_LENGTH = TrailerRules.mask(HeaderName.CONTENT_LENGTH);
  private static final int FRAME = 160;

  /** What a head says about the connection. */
  enum Persistence {
    /** It stays, as is usual in HTTP/1.1. */
    USUAL,
    /** It stays, and a client of HTTP/1.0 has to be told. */
    KEEP_ALIVE,
    /** It closes. */
    CLOSE
  }

  private ResponseWriter() {}

  /** Writes a 1xx head; 101 as well. */
  static void writeInformational(WireBuffer out, ResponseHead head) {
    ByteBuf to = statusLine(out, head, 0);
    FieldWriter.write(to, head.fields(), CONTENT_LENGTH);
    if (head.status() == 101) {
      to.writeBytes(UPGRADE);
    }
    WireBuffer.writeCrlf(to);
  }

  /**
   * The length of the body that belongs to a final head, for a {@link BodyEncoder}.
   *
   * @param toHead whether the request's method is HEAD
   * @param last no body follows
   */
  static long length(ResponseHead head, boolean toHead, boolean http10, boolean last) {
    if (toHead || head.status() == 204 || head.status() == 304) {
      return BodyEncoder.NONE;
    }
    long announced = BodyLength.announced(head.fields());
    if (announced >= 0) {
      return announced;
    }
    if (last) {
      return 0;
    }
    return http10 ? BodyLength.UNTIL_CLOSE : BodyLength.CHUNKED;
  }

  /** Writes a final head with the body's {@code length} as {@link #length} found it. */
  static void write(WireBuffer out, ResponseHead head, long length, Persistence persistence) {
    long joined = length > 0 && length <= WireBuffer.COPY_MAX ? length : 0;
    ByteBuf to = statusLine(out, head, (int) joined);
    Fields fields = head.fields();
    FieldWriter.write(to, fields, head.status() == 204 ? CONTENT_LENGTH : 0);
    if (length == BodyLength.CHUNKED) {
      to.writeBytes(CHUNKED);
    } else if (length == 0 && !fields.contains(HeaderName.CONTENT_LENGTH)) {
      to.writeBytes(EMPTY);
    }
    boolean upgrade = fields.contains(HeaderName.UPGRADE);
    if (persistence == Persistence.CLOSE) {
      to.writeBytes(upgrade ? CLOSE_UPGRADE : CLOSE);
    } else if (persistence == Persistence.KEEP_ALIVE) {
      to.writeBytes(KEEP_ALIVE);
    } else if (upgrade) {
      to.writeBytes(UPGRADE);
    }
    WireBuffer.writeCrlf(to);
  }

  private static ByteBuf statusLine(WireBuffer out, ResponseHead head, int more) {
    ByteBuf to = out.room(head.fields().length() + FRAME + more);
    to.writeBytes(VERSION);
    int status = head.status();
    to.writeByte('0' + status / 100);
    to.writeByte('0' + status / 10 % 10);
    to.writeByte('0' + status % 10);
    to.writeByte(' ');
    to.writeBytes(StatusText.of(status));
    WireBuffer.writeCrlf(to);
    return to;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
