package dev.weir.proxy.http.h2;

import dev.weir.core.http.ResponseHead;
import dev.weir.proxy.http.HeaderBlock;
import io.netty.util.AsciiString;
import org.jspecify.annotations.Nullable;

/** Makes a response head of a decoded block, or says why not (RFC 9113, section 8.3.2). */
final class ResponseRules {
  private ResponseRules() {}

  /** Sets the status of {@code head}, whose fields the block has filled; null, or what is wrong. */
  static @Nullable String apply(HeaderBlock block, ResponseHead head) {
    if (block.tooLarge()) {
      return "response head too large";
    }
    if (block.flaw() != null) {
      return block.flaw();
    }
    if (block.pseudoMethod() != null
        || block.pseudoScheme() != null
        || block.pseudoAuthority() != null
        || block.pseudoPath() != null) {
      return "request pseudo-header field in a response";
    }
    int status = status(block.pseudoStatus());
    if (status < 100) {
      return "invalid or missing :status";
    }
    if (status == 101) {
      return "101 in HTTP/2"; // RFC 9113, section 8.6
    }
    head.status(status);
    return null;
  }

  private static int status(@Nullable AsciiString text) {
    if (text == null || text.length() != 3) {
      return -1;
    }
    int status = 0;
    for (int i = 0; i < 3; i++) {
      int digit = text.byteAt(i) - '0';
      if (digit < 0 || digit > 9) {
        return -1;
      }
      status = status * 10 + digit;
    }
    return status;
  }
}
