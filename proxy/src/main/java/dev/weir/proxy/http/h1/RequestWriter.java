package dev.weir.proxy.http.h1;

import dev.weir.core.http.Fields;
import dev.weir.core.http.HeaderName;
import dev.weir.core.http.RequestHead;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/** Writes the head of a request to an upstream. */
final class RequestWriter {
  private static final byte[] VERSION_AND_HOST = ascii(" HTTP/1.1\r\nHost: ");
  private static final byte[] CHUNKED = ascii("\r\nTransfer-Encoding: chunked\r\n");
  private static final byte[] EMPTY = ascii("\r\nContent-Length: 0\r\n");
  private static final byte[] UPGRADE = ascii("Connection: upgrade\r\n");
  private static final byte[] TE = ascii("Connection: TE\r\n");
  private static final int FRAME = 128;
  private static final byte[][] WITH_BODY = {ascii("POST"), ascii("PUT"), ascii("PATCH")};

  private RequestWriter() {}

  /**
   * Writes the head.
   *
   * @param last no body follows
   * @return length of the body, for a {@link BodyEncoder}
   */
  static long write(WireBuffer out, RequestHead head, boolean last) {
    Fields fields = head.fields();
    byte[] bytes = head.bytes();
    long length = length(fields, last);
    long announced = length > 0 && length <= WireBuffer.COPY_MAX ? length : 0;
    // Everything that is written, the parts of the request line included, is part of the array.
    ByteBuf to = out.room(fields.length() + FRAME + (int) announced);
    to.writeBytes(bytes, head.methodStart(), head.methodEnd() - head.methodStart());
    to.writeByte(' ');
    to.writeBytes(bytes, head.pathStart(), head.targetEnd() - head.pathStart());
    to.writeBytes(VERSION_AND_HOST);
    to.writeBytes(bytes, head.authorityStart(), head.authorityEnd() - head.authorityStart());
    if (length == BodyLength.CHUNKED) {
      to.writeBytes(CHUNKED);
    } else if (last && expectsBody(head) && !fields.contains(HeaderName.CONTENT_LENGTH)) {
      to.writeBytes(EMPTY);
    } else {
      WireBuffer.writeCrlf(to);
    }
    FieldWriter.write(to, fields, 0);
    if (fields.contains(HeaderName.UPGRADE)) {
      to.writeBytes(UPGRADE);
    } else if (fields.contains(HeaderName.TE)) {
      to.writeBytes(TE);
    }
    WireBuffer.writeCrlf(to);
    return length;
  }

  private static long length(Fields fields, boolean last) {
    if (last) {
      return BodyEncoder.NONE;
    }
    long announced = BodyLength.announced(fields);
    return announced < 0 ? BodyLength.CHUNKED : announced;
  }

  /** Without a length, some servers wait for the body of such a request or answer 411. */
  private static boolean expectsBody(RequestHead head) {
    for (byte[] method : WITH_BODY) {
      if (head.methodIs(method)) {
        return true;
      }
    }
    return false;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
