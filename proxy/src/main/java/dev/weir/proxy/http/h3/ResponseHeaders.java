package dev.weir.proxy.http.h3;

import dev.weir.core.http.Fields;
import dev.weir.core.http.HeaderName;
import dev.weir.core.http.ResponseHead;
import dev.weir.proxy.http.TrailerRules;
import io.netty.handler.codec.http3.DefaultHttp3Headers;
import io.netty.handler.codec.http3.Http3Headers;
import io.netty.util.AsciiString;

/** Our heads and trailers as Netty's QPACK encoder wants them. */
final class ResponseHeaders {
  /** By {@link HeaderName#id()}: fields that no HTTP/3 message may carry (RFC 9114, 4.2). */
  private static final long HOP_BY_HOP =
      TrailerRules.mask(
          HeaderName.CONNECTION,
          HeaderName.TRANSFER_ENCODING,
          HeaderName.KEEP_ALIVE,
          HeaderName.UPGRADE,
          HeaderName.PROXY_CONNECTION,
          HeaderName.HTTP2_SETTINGS,
          HeaderName.HOST,
          HeaderName.TE);

  private ResponseHeaders() {}

  static Http3Headers of(ResponseHead head) {
    Http3Headers headers = new DefaultHttp3Headers(false, 16);
    headers.status(AsciiString.of(Integer.toString(head.status())));
    add(head.fields(), headers);
    return headers;
  }

  static Http3Headers of(Fields trailers) {
    Http3Headers headers = new DefaultHttp3Headers(false, 4);
    add(trailers, headers);
    return headers;
  }

  private static void add(Fields fields, Http3Headers to) {
    byte[] bytes = fields.bytes();
    for (int i = 0; i < fields.slots(); i++) {
      if (fields.isLive(i) && (HOP_BY_HOP >>> fields.id(i) & 1) == 0) {
        // Copies: the encoder may keep them, the array belongs to the codec of the other side.
        to.add(
            name(bytes, fields.nameStart(i), fields.nameEnd(i)),
            text(bytes, fields.valueStart(i), fields.valueEnd(i)));
      }
    }
  }

  private static AsciiString name(byte[] bytes, int start, int end) {
    return text(bytes, start, end).toLowerCase();
  }

  private static AsciiString text(byte[] bytes, int start, int end) {
    return new AsciiString(bytes, start, end - start, true);
  }
}
