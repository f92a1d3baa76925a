package dev.weir.proxy.exchange;

import dev.weir.core.http.Fields;
import dev.weir.core.http.HeaderName;
import dev.weir.core.http.RequestHead;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/**
 * Tells the backend who asked, and how: {@code X-Forwarded-For}, {@code -Proto}, {@code -Host} and
 * {@code X-Request-Id}. What a client that is no trusted proxy says of itself in these, in {@code
 * X-Forwarded-Port}, in {@code X-Forwarded-Client-Cert} or in {@code Forwarded} (RFC 7239) is
 * removed.
 */
final class ForwardedHeaders {
  private static final byte[] HTTP = ascii("http");
  private static final byte[] HTTPS = ascii("https");
  private static final byte[] HOST_NAME = ascii("x-forwarded-host");
  private static final byte[] HEX = ascii("0123456789abcdef");

  private final SplittableRandom random;
  private final byte[] requestId = new byte[32];

  ForwardedHeaders(SplittableRandom random) {
    this.random = random;
  }

  /** Edits the fields of {@code head}, which came from {@code peer}. */
  void apply(RequestHead head, byte[] peer, ClientAddress client) {
    Fields fields = head.fields();
    if (client.chainTrusted()) {
      appendToChain(fields, peer);
    } else {
      removeAll(fields);
      fields.add(HeaderName.X_FORWARDED_FOR, peer);
    }
    if (!fields.contains(HeaderName.X_FORWARDED_PROTO)) {
      fields.add(HeaderName.X_FORWARDED_PROTO, head.https() ? HTTPS : HTTP);
    }
    if (!fields.contains(HeaderName.X_FORWARDED_HOST)) {
      int start = head.authorityStart();
      int length = head.authorityEnd() - start;
      fields.add(HOST_NAME, 0, HOST_NAME.length, head.bytes(), start, length);
    }
    if (!fields.contains(HeaderName.X_REQUEST_ID)) {
      fields.add(HeaderName.X_REQUEST_ID, newRequestId());
    }
  }

  private static void removeAll(Fields fields) {
    int count = fields.slots();
    for (int i = 0; i < count; i++) {
      int id = fields.id(i);
      if (id == HeaderName.X_FORWARDED_FOR.id()
          || id == HeaderName.X_FORWARDED_PROTO.id()
          || id == HeaderName.X_FORWARDED_HOST.id()
          || id == HeaderName.X_FORWARDED_PORT.id()
          || id == HeaderName.X_FORWARDED_CLIENT_CERT.id()
          || id == HeaderName.FORWARDED.id()) {
        fields.remove(i);
      }
    }
  }

  /** Leaves one field with the whole chain and the peer at its end. */
  private static void appendToChain(Fields fields, byte[] peer) {
    StringBuilder chain = new StringBuilder();
    HeaderName name = HeaderName.X_FORWARDED_FOR;
    for (int i = fields.indexOf(name); i >= 0; i = fields.indexOf(name, i + 1)) {
      chain.append(fields.value(i)).append(", ");
    }
    chain.append(new String(peer, StandardCharsets.US_ASCII));
    fields.set(name, chain.toString());
  }

  /** 128 random bits in hexadecimal: unique enough to find a request in logs, and no secret. */
  private byte[] newRequestId() {
    long high = random.nextLong();
    long low = random.nextLong();
    for (int i = 15; i >= 0; i--) {
      requestId[i] = HEX[(int) high & 15];
      requestId[i + 16] = HEX[(int) low & 15];
      high >>>= 4;
      low >>>= 4;
    }
    return requestId;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
