package dev.weir.proxy.http.h1;

import dev.weir.core.http.Fields;
import dev.weir.core.http.HeaderName;
import dev.weir.core.http.ResponseHead;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Reads response heads: scans them, decides how long the body is and whether the connection stays,
 * and removes the fields of the connection.
 */
final class ResponseReader {
  static final int MAX_HEAD_BYTES = 60 * 1024;
  static final int MAX_FIELDS = 200;

  private static final int USUAL_HEAD = 1024;

  private final ResponseHead head = new ResponseHead(new Fields(USUAL_HEAD));
  private final HeadScanner scanner = new HeadScanner(HeadScanner.Kind.RESPONSE, head.fields());
  private final ConnectionOptions connection = new ConnectionOptions();
  private final BodyLength body = new BodyLength();
  private @Nullable Defect defect;
  private boolean bodyless;

  /** Begins a new head; the one before is forgotten. */
  void begin() {
    head.clear();
    scanner.begin(MAX_HEAD_BYTES, MAX_FIELDS, 0);
    defect = null;
  }

  /**
   * Takes as much of {@code in} as belongs to the head.
   *
   * @param toHead whether the request's method is HEAD
   */
  HeadScanner.Progress read(ByteBuf in, boolean toHead) {
    HeadScanner.Progress progress = scanner.scan(in);
    if (progress == HeadScanner.Progress.DONE) {
      defect = interpret(toHead);
      return defect == null ? progress : HeadScanner.Progress.REFUSED;
    }
    defect = scanner.defect();
    return progress;
  }

  private @Nullable Defect interpret(boolean toHead) {
    Fields fields = head.fields();
    int status = scanner.status();
    head.status(status);
    bodyless = toHead || status < 200 || status == 204 || status == 304;
    Defect found = body.read(scanner, fields, BodyLength.UNTIL_CLOSE);
    if (found != null) {
      return found;
    }
    if (!connection.read(scanner, fields)) {
      return Defect.CONNECTION_OPTIONS;
    }
    ConnectionOptions.remove(scanner, fields, HeaderName.TE);
    ConnectionOptions.remove(scanner, fields, HeaderName.PROXY_AUTHENTICATE);
    if (status != 101 && status != 426) {
      ConnectionOptions.remove(scanner, fields, HeaderName.UPGRADE);
    }
    return null;
  }

  /** The head, if it is complete. */
  ResponseHead head() {
    return head;
  }

  /** Why the head was refused, or null. */
  @Nullable Defect defect() {
    return defect;
  }

  /** Length of the body that follows, {@link BodyLength#CHUNKED} or {@code UNTIL_CLOSE}. */
  long bodyLength() {
    return bodyless ? 0 : body.length();
  }

  /** Whether the upstream leaves the connection open. */
  boolean persistent() {
    return connection.persistent(scanner.http10()) && bodyLength() != BodyLength.UNTIL_CLOSE;
  }
}
