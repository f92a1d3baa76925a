package dev.weir.proxy.http.h1;

import dev.weir.core.failure.Failure;
import dev.weir.core.http.Fields;
import dev.weir.core.http.HeaderName;
import dev.weir.core.http.RequestHead;
import dev.weir.proxy.http.Authority;
import dev.weir.proxy.http.PathNormaliser;
import dev.weir.proxy.plan.HttpOptions;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Reads request heads: scans them and decides what they mean for the connection. What is left in
 * the {@link RequestHead} is what the exchange may see: the host is the authority, the path is in
 * its normal form, and the fields of the connection are gone. {@code docs/http.md}, "HTTP/1.1", has
 * the rules.
 */
public final class RequestReader {
  private static final byte[] CONNECT = ascii("CONNECT");
  private static final byte[] OPTIONS = ascii("OPTIONS");
  private static final byte[] HEAD = ascii("HEAD");
  private static final byte[] HTTP = ascii("http://");
  private static final byte[] HTTPS = ascii("https://");
  private static final byte[] CONTINUE = ascii("100-continue");
  private static final byte[] TRAILERS = ascii("trailers");
  private static final byte[] H2C = ascii("h2c");

  /** Room for an ordinary head, so that an open connection costs little. */
  private static final int USUAL_HEAD = 1024;

  private final RequestHead head = new RequestHead(new Fields(USUAL_HEAD));
  private final HeadScanner scanner = new HeadScanner(HeadScanner.Kind.REQUEST, head.fields());
  private final ConnectionOptions connection = new ConnectionOptions();
  private final BodyLength body = new BodyLength();
  private @Nullable Failure failure;
  private boolean isHead;
  private boolean expectsContinue;
  private boolean upgrade;

  /** Begins a new head; the one before is forgotten. */
  public void begin(HttpOptions options) {
    head.clear();
    scanner.begin(options.maxHeaderBytes(), options.maxHeaderCount(), options.maxUriBytes());
    failure = null;
  }

  /** Takes as much of {@code in} as belongs to the head. */
  public HeadScanner.Progress read(ByteBuf in, HttpOptions options) {
    HeadScanner.Progress progress = scanner.scan(in);
    if (progress == HeadScanner.Progress.DONE) {
      failure = interpret(options);
      return failure == null ? progress : HeadScanner.Progress.REFUSED;
    }
    Defect defect = scanner.defect();
    if (defect != null) {
      failure = defect.inRequest();
    }
    return progress;
  }

  private @Nullable Failure interpret(HttpOptions options) {
    Fields fields = head.fields();
    head.methodAt(scanner.methodStart(), scanner.methodEnd());
    if (head.methodIs(CONNECT)) {
      return Defect.CONNECT.inRequest();
    }
    isHead = head.methodIs(HEAD);
    Defect defect = body.read(scanner, fields, 0);
    if (defect == null) {
      defect = host(fields);
    }
    if (defect == null && !connection.read(scanner, fields)) {
      defect = Defect.CONNECTION_OPTIONS;
    }
    if (defect == null) {
      defect = expectation(fields);
    }
    if (defect != null) {
      return defect.inRequest();
    }
    if (options.maxBodyBytes() > 0 && body.length() > options.maxBodyBytes()) {
      return Defect.BODY_TOO_LARGE.inRequest();
    }
    ConnectionOptions.remove(scanner, fields, HeaderName.PROXY_AUTHORIZATION);
    transferCodings(fields);
    upgrade(fields, options);
    return target(options);
  }

  private @Nullable Defect host(Fields fields) {
    if (!scanner.saw(HeaderName.HOST)) {
      return scanner.http10() ? null : Defect.NO_HOST;
    }
    if (scanner.sawMany(HeaderName.HOST)) {
      return Defect.REPEATED_HOST;
    }
    int index = fields.indexOf(HeaderName.HOST);
    fields.remove(index);
    return authority(fields.valueStart(index), fields.valueEnd(index));
  }

  private @Nullable Defect authority(int start, int end) {
    int checked = Authority.check(head.bytes(), start, end);
    if (checked < 0) {
      return Defect.HOST;
    }
    head.authorityAt(start, checked);
    return null;
  }

  private @Nullable Failure target(HttpOptions options) {
    byte[] bytes = head.bytes();
    int start = scanner.targetStart();
    int end = scanner.targetEnd();
    if (bytes[start] == '/') {
      return PathNormaliser.normalise(head, start, end, options.path());
    }
    if (end - start == 1 && bytes[start] == '*') {
      return asterisk(start);
    }
    int authority = schemeEnd(bytes, start, end);
    if (authority < 0) {
      return Defect.TARGET.inRequest();
    }
    return absolute(authority, end, options);
  }

  private @Nullable Failure asterisk(int at) {
    if (!head.methodIs(OPTIONS)) {
      return Defect.ASTERISK.inRequest();
    }
    head.pathAt(at, at + 1, at + 1);
    return null;
  }

  private static int schemeEnd(byte[] bytes, int start, int end) {
    for (byte[] scheme : new byte[][] {HTTP, HTTPS}) {
      int schemeEnd = start + scheme.length;
      if (schemeEnd < end && Bytes.equalsIgnoreCase(bytes, start, schemeEnd, scheme)) {
        return schemeEnd;
      }
    }
    return -1;
  }

  /** The authority of the target wins over Host (RFC 9112, section 3.2.2). */
  private @Nullable Failure absolute(int start, int end, HttpOptions options) {
    byte[] bytes = head.bytes();
    int path = start;
    while (path < end && bytes[path] != '/' && bytes[path] != '?' && bytes[path] != '#') {
      path++;
    }
    Defect defect = authority(start, path);
    if (defect != null) {
      return defect.inRequest();
    }
    if (path < end && bytes[path] == '/') {
      return PathNormaliser.normalise(head, path, end, options.path());
    }
    if (path == end && head.methodIs(OPTIONS)) {
      head.target(new byte[] {'*'});
      return null;
    }
    // An empty path is the root; there is no room for its slash in place.
    int from = head.fields().length();
    byte[] target = new byte[1 + end - path];
    target[0] = '/';
    System.arraycopy(bytes, path, target, 1, end - path);
    head.target(target);
    return PathNormaliser.normalise(head, from, from + target.length, options.path());
  }

  private @Nullable Defect expectation(Fields fields) {
    expectsContinue = false;
    if (!scanner.saw(HeaderName.EXPECT)) {
      return null;
    }
    int index = fields.indexOf(HeaderName.EXPECT);
    if (scanner.sawMany(HeaderName.EXPECT)
        || !Bytes.equalsIgnoreCase(
            fields.bytes(), fields.valueStart(index), fields.valueEnd(index), CONTINUE)) {
      return Defect.EXPECTATION;
    }
    expectsContinue = !scanner.http10() && body.length() != 0;
    if (!expectsContinue) {
      fields.remove(index);
    }
    return null;
  }

  /** TE is about this connection; only that the client takes trailers is worth passing on. */
  private void transferCodings(Fields fields) {
    if (!scanner.saw(HeaderName.TE)) {
      return;
    }
    boolean trailers = false;
    for (int i = fields.indexOf(HeaderName.TE); i >= 0; i = fields.indexOf(HeaderName.TE, i + 1)) {
      trailers |= TokenList.contains(fields, i, TRAILERS);
    }
    fields.remove(HeaderName.TE);
    if (trailers) {
      fields.add(HeaderName.TE, TRAILERS);
    }
  }

  /**
   * An upgrade stays if it is asked for properly, to what is allowed, and not to HTTP/2, whose
   * frames we would miss.
   */
  private void upgrade(Fields fields, HttpOptions options) {
    upgrade = false;
    if (!scanner.saw(HeaderName.UPGRADE)) {
      return;
    }
    upgrade = connection.upgrade() && !scanner.http10() && !scanner.sawMany(HeaderName.UPGRADE);
    if (upgrade) {
      int index = fields.indexOf(HeaderName.UPGRADE);
      upgrade =
          fields.valueStart(index) < fields.valueEnd(index)
              && !TokenList.contains(fields, index, H2C)
              && (options.upgrades().isEmpty()
                  || TokenList.consistsOf(fields, index, options.upgrades()));
    }
    if (!upgrade) {
      fields.remove(HeaderName.UPGRADE);
    }
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  // --- the result ------------------------------------------------------------------------------

  /** The head, if it is complete. */
  public RequestHead head() {
    return head;
  }

  /** Why the head was refused, or null. */
  public @Nullable Failure failure() {
    return failure;
  }

  /** Length of the body, or {@link BodyLength#CHUNKED}. */
  long bodyLength() {
    return body.length();
  }

  boolean http10() {
    return scanner.http10();
  }

  /** Whether the client leaves the connection open. */
  boolean persistent() {
    return connection.persistent(scanner.http10());
  }

  /** Whether the method is HEAD. */
  boolean isHead() {
    return isHead;
  }

  /** Whether the client may wait for a 100 response before it sends the body. */
  boolean expectsContinue() {
    return expectsContinue;
  }

  /** Whether the client asks for another protocol. */
  boolean upgrade() {
    return upgrade;
  }
}
