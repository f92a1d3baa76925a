package dev.weir.proxy.http.h1;

import dev.weir.core.failure.Failure;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/** The answer to a request that never became an exchange, or whose body broke; always the last. */
final class LocalReply {
  private LocalReply() {}

  /** Writes head and (empty) body. */
  static void write(WireBuffer out, Failure failure, boolean reasonHeader) {
    int status = failure.reason().status();
    ByteBuf to = out.room(256);
    ascii(to, "HTTP/1.1 " + status + " ");
    to.writeBytes(StatusText.of(status));
    ascii(to, "\r\nContent-Length: 0\r\nConnection: close\r\n");
    if (reasonHeader) {
      ascii(to, "weir-reason: " + failure.reason().code() + "\r\n");
    }
    WireBuffer.writeCrlf(to);
  }

  private static void ascii(ByteBuf to, String text) {
    to.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
  }
}
