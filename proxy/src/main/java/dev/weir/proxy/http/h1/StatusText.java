package dev.weir.proxy.http.h1;

import io.netty.handler.codec.http.HttpResponseStatus;
import java.nio.charset.StandardCharsets;

/** The customary reason phrases; clients ignore them, people read them. */
final class StatusText {
  private static final byte[] NONE = {};
  private static final byte[][] BY_STATUS = new byte[600][];

  static {
    for (int status = 100; status < BY_STATUS.length; status++) {
      HttpResponseStatus known = HttpResponseStatus.valueOf(status);
      // Netty makes up "Client Error (499)" and the like for those it does not know.
      boolean customary = !known.reasonPhrase().endsWith(")");
      BY_STATUS[status] =
          customary ? known.reasonPhrase().getBytes(StandardCharsets.US_ASCII) : NONE;
    }
  }

  private StatusText() {}

  static byte[] of(int status) {
    return status >= 100 && status < BY_STATUS.length ? BY_STATUS[status] : NONE;
  }
}
