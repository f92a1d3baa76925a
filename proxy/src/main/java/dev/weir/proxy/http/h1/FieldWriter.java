package dev.weir.proxy.http.h1;

import dev.weir.core.http.Fields;
import dev.weir.core.http.HeaderName;
import dev.weir.proxy.http.TrailerRules;
import io.netty.buffer.ByteBuf;

/** Writes fields in HTTP/1 wire form: neighbouring lines are copied as one run. */
final class FieldWriter {
  /** Written by the codec itself where they are due, never copied. */
  private static final long OWN =
      TrailerRules.mask(
          HeaderName.HOST,
          HeaderName.CONNECTION,
          HeaderName.TRANSFER_ENCODING,
          HeaderName.KEEP_ALIVE,
          HeaderName.PROXY_CONNECTION);

  private FieldWriter() {}

  /** At most how many bytes {@link #write} will write. */
  static int size(Fields fields) {
    return fields.length();
  }

  /**
   * Writes the live fields.
   *
   * @param except mask of ids that are left out besides those the codec writes itself
   */
  static void write(ByteBuf to, Fields fields, long except) {
    byte[] bytes = fields.bytes();
    long skip = OWN | except;
    int runStart = 0;
    int runEnd = 0;
    for (int i = 0; i < fields.slots(); i++) {
      int id = fields.id(i);
      if (id < 0 || (skip >>> id & 1) != 0) {
        continue;
      }
      int start = fields.nameStart(i);
      if (start != runEnd) {
        to.writeBytes(bytes, runStart, runEnd - runStart);
        runStart = start;
      }
      int valueEnd = fields.valueEnd(i);
      runEnd = valueEnd + 2;
      if (bytes[valueEnd] != '\r') {
        // White space behind the value is not passed on.
        to.writeBytes(bytes, runStart, valueEnd - runStart);
        WireBuffer.writeCrlf(to);
        runStart = runEnd;
      }
    }
    to.writeBytes(bytes, runStart, runEnd - runStart);
  }
}
