package dev.weir.proxy.http;

import dev.weir.core.failure.Failure;
import dev.weir.core.http.Fields;
import dev.weir.core.http.HeaderName;
import dev.weir.core.http.RequestHead;
import dev.weir.core.http.Token;
import dev.weir.proxy.plan.HttpOptions;
import io.netty.util.AsciiString;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Makes a request head of a decoded block, or says why not (RFC 9113, section 8.3.1). What passes
 * is also a valid HTTP/1 request: nothing in it can end a line or a head there.
 */
public final class RequestRules {
  /** What is to happen with the request. */
  public enum Verdict {
    ACCEPTED,
    /** Breaks the message syntax: a stream error (RFC 9113, section 8.1.1). */
    MALFORMED,
    /** Well-formed, but the path is not acceptable: 400. */
    BAD_PATH,
    /** 431. */
    HEADERS_TOO_LARGE,
    /** 414. */
    URI_TOO_LONG,
    /** CONNECT: 501. */
    NOT_IMPLEMENTED,
    /** 417. */
    EXPECTATION_FAILED
  }

  private static final byte[] CONNECT = {'C', 'O', 'N', 'N', 'E', 'C', 'T'};
  private static final byte[] OPTIONS = {'O', 'P', 'T', 'I', 'O', 'N', 'S'};
  private static final byte[] SEPARATOR = {';', ' '};

  private RequestRules() {}

  /** Fills {@code head}, whose fields the block has filled already. */
  public static Verdict apply(
      HeaderBlock block, RequestHead head, HttpOptions options, boolean secure) {
    if (block.tooLarge()) {
      return Verdict.HEADERS_TOO_LARGE;
    }
    AsciiString method = block.pseudoMethod();
    if (block.flaw() != null
        || block.pseudoStatus() != null
        || method == null
        || !isToken(method)) {
      return Verdict.MALFORMED;
    }
    int methodStart = append(head.fields(), method);
    head.methodAt(methodStart, methodStart + method.length());
    if (head.methodIs(CONNECT)) {
      return Verdict.NOT_IMPLEMENTED;
    }
    AsciiString scheme = block.pseudoScheme();
    AsciiString path = block.pseudoPath();
    if (scheme == null
        || !(scheme.contentEqualsIgnoreCase("https") || scheme.contentEqualsIgnoreCase("http"))
        || path == null
        || path.isEmpty()) {
      return Verdict.MALFORMED;
    }
    AsciiString authority = authority(block);
    if (authority == null) {
      return Verdict.MALFORMED;
    }
    int authorityStart = append(head.fields(), authority);
    int authorityEnd =
        Authority.check(head.bytes(), authorityStart, authorityStart + authority.length());
    if (authorityEnd < 0) {
      return Verdict.MALFORMED;
    }
    head.authorityAt(authorityStart, authorityEnd);
    head.https(secure);
    if (block.cookies() > 1) {
      joinCookies(head.fields());
    }
    if (path.length() > options.maxUriBytes()) {
      return Verdict.URI_TOO_LONG;
    }
    Verdict verdict = target(head, path, options);
    return verdict == Verdict.ACCEPTED && !expectsOnlyContinue(head.fields())
        ? Verdict.EXPECTATION_FAILED
        : verdict;
  }

  private static boolean expectsOnlyContinue(Fields fields) {
    int expect = fields.indexOf(HeaderName.EXPECT);
    return expect < 0 || fields.value(expect).equalsIgnoreCase("100-continue");
  }

  /** The authority that {@code :authority} and {@code Host} agree on, or null. */
  private static @Nullable AsciiString authority(HeaderBlock block) {
    AsciiString authority = block.pseudoAuthority();
    AsciiString host = block.host();
    if (authority == null) {
      return host;
    }
    return host == null || host.contentEqualsIgnoreCase(authority) ? authority : null;
  }

  private static Verdict target(RequestHead head, AsciiString path, HttpOptions options) {
    int start = append(head.fields(), path);
    int end = start + path.length();
    byte first = path.byteAt(0);
    if (first == '*' && path.length() == 1 && head.methodIs(OPTIONS)) {
      head.pathAt(start, end, end);
      return Verdict.ACCEPTED;
    }
    if (first != '/') {
      return Verdict.MALFORMED;
    }
    Failure failure = PathNormaliser.normalise(head, start, end, options.path());
    return failure == null ? Verdict.ACCEPTED : Verdict.BAD_PATH;
  }

  private static int append(Fields fields, AsciiString value) {
    int length = value.length();
    byte[] to = fields.ensureWritable(length);
    int at = fields.length();
    System.arraycopy(value.array(), value.arrayOffset(), to, at, length);
    fields.advance(length);
    return at;
  }

  private static void joinCookies(Fields fields) {
    byte[] joined = new byte[0];
    int length = 0;
    for (int i = fields.indexOf(HeaderName.COOKIE);
        i >= 0;
        i = fields.indexOf(HeaderName.COOKIE, i + 1)) {
      int size = fields.valueEnd(i) - fields.valueStart(i);
      int gap = length == 0 ? 0 : SEPARATOR.length;
      joined = Arrays.copyOf(joined, length + gap + size);
      System.arraycopy(SEPARATOR, 0, joined, length, gap);
      System.arraycopy(fields.bytes(), fields.valueStart(i), joined, length + gap, size);
      length += gap + size;
    }
    fields.set(HeaderName.COOKIE, joined);
  }

  private static boolean isToken(AsciiString text) {
    for (int i = 0; i < text.length(); i++) {
      if (!Token.isTokenChar(text.byteAt(i))) {
        return false;
      }
    }
    return !text.isEmpty();
  }
}
