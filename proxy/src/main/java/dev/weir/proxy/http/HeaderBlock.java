package dev.weir.proxy.http;

import dev.weir.core.http.Fields;
import dev.weir.core.http.HeaderName;
import dev.weir.core.http.Token;
import io.netty.handler.codec.EmptyHeaders;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Takes in one header block as HPACK decodes it: fields go straight to {@link Fields},
 * pseudo-header fields stay aside, and every rule that holds for requests, responses and trailers
 * alike is checked on the way (RFC 9113, section 8.2). One per connection: a block is used up
 * before the next is decoded.
 *
 * <p>To Netty it is an {@link Http2Headers} that can be added to and else looks empty.
 */
public final class HeaderBlock extends EmptyHeaders<CharSequence, CharSequence, Http2Headers>
    implements Http2Headers {
  private static final int LINE_OVERHEAD = 4; // ": " and CRLF, as HTTP/1 would need

  /** What is special about a field. */
  private enum Rule {
    NONE,
    /** Belongs to HTTP/1 connections (RFC 9113, section 8.2.2). */
    FORBIDDEN,
    /** Only {@code trailers}; says something about this hop, so it ends here. */
    TE,
    HOST,
    CONTENT_LENGTH,
    COOKIE
  }

  private static final Rule[] RULES = rules();

  private Fields fields = new Fields(0);
  private int maxBytes;
  private int maxCount;
  private int bytes;
  private int count;
  private boolean regular;
  private boolean tooLarge;
  private @Nullable String flaw;
  private @Nullable AsciiString method;
  private @Nullable AsciiString scheme;
  private @Nullable AsciiString authority;
  private @Nullable AsciiString path;
  private @Nullable AsciiString status;
  private @Nullable AsciiString host;
  private int cookies;
  private long contentLength;

  /**
   * Begins a block.
   *
   * @param into gets the fields; empty
   * @param maxBytes length of all names and values, each field counted as its HTTP/1 line
   * @param maxCount number of fields
   */
  public HeaderBlock begin(Fields into, int maxBytes, int maxCount) {
    this.fields = into;
    this.maxBytes = maxBytes;
    this.maxCount = maxCount;
    bytes = 0;
    count = 0;
    regular = false;
    tooLarge = false;
    flaw = null;
    method = null;
    scheme = null;
    authority = null;
    path = null;
    status = null;
    host = null;
    cookies = 0;
    contentLength = -1;
    return this;
  }

  // --- result ----------------------------------------------------------------------------------

  /** Why the block is malformed, or null. */
  public @Nullable String flaw() {
    return flaw;
  }

  /** Whether a limit was passed; then fields are missing. */
  public boolean tooLarge() {
    return tooLarge;
  }

  public Fields fields() {
    return fields;
  }

  public @Nullable AsciiString pseudoMethod() {
    return method;
  }

  public @Nullable AsciiString pseudoScheme() {
    return scheme;
  }

  public @Nullable AsciiString pseudoAuthority() {
    return authority;
  }

  public @Nullable AsciiString pseudoPath() {
    return path;
  }

  public @Nullable AsciiString pseudoStatus() {
    return status;
  }

  /** The value of {@code Host}, which is not among the fields. */
  public @Nullable AsciiString host() {
    return host;
  }

  /** The value of Content-Length, or -1. */
  public long contentLength() {
    return contentLength;
  }

  /** Number of Cookie fields (RFC 9113, section 8.2.3). */
  public int cookies() {
    return cookies;
  }

  /**
   * Why the block cannot be a trailer section, or null (RFC 9113, section 8.1). Fields that may not
   * stand in one are dropped, as in HTTP/1.
   */
  public @Nullable String trailerFlaw() {
    if (flaw != null) {
      return flaw;
    }
    if (tooLarge) {
      return "trailers are too large";
    }
    if (method != null || scheme != null || authority != null || path != null || status != null) {
      return "pseudo-header field in trailers";
    }
    TrailerRules.apply(fields);
    return null;
  }

  // --- decoding --------------------------------------------------------------------------------

  @Override
  public Http2Headers add(CharSequence name, CharSequence value) {
    count++;
    bytes += name.length() + value.length() + LINE_OVERHEAD;
    if (count > maxCount || bytes > maxBytes) {
      tooLarge = true;
    } else if (flaw == null) {
      // HPACK decodes to nothing else.
      AsciiString ascii = (AsciiString) name;
      if (ascii.isEmpty()) {
        flaw = "empty field name";
      } else if (ascii.byteAt(0) == ':') {
        pseudo(ascii, (AsciiString) value);
      } else {
        field(ascii, (AsciiString) value);
      }
    }
    return this;
  }

  private void pseudo(AsciiString name, AsciiString value) {
    if (regular) {
      flaw = "pseudo-header field after a regular one";
    } else if (PseudoHeaderName.METHOD.value().equals(name)) {
      method = once(method, value);
    } else if (PseudoHeaderName.PATH.value().equals(name)) {
      path = once(path, value);
    } else if (PseudoHeaderName.SCHEME.value().equals(name)) {
      scheme = once(scheme, value);
    } else if (PseudoHeaderName.AUTHORITY.value().equals(name)) {
      authority = once(authority, value);
    } else if (PseudoHeaderName.STATUS.value().equals(name)) {
      status = once(status, value);
    } else {
      flaw = "unknown pseudo-header field";
    }
  }

  private AsciiString once(@Nullable AsciiString before, AsciiString value) {
    if (before != null) {
      flaw = "repeated pseudo-header field";
    }
    return value;
  }

  private void field(AsciiString name, AsciiString value) {
    regular = true;
    if (!validName(name)) {
      flaw = "invalid field name";
      return;
    }
    if (!validValue(value)) {
      flaw = "invalid field value";
      return;
    }
    fields.add(
        name.array(),
        name.arrayOffset(),
        name.length(),
        value.array(),
        value.arrayOffset(),
        value.length());
    int slot = fields.slots() - 1;
    switch (RULES[fields.id(slot)]) {
      case NONE -> {}
      case FORBIDDEN -> flaw = "connection-specific field";
      case TE -> {
        if (!value.contentEqualsIgnoreCase("trailers")) {
          flaw = "TE other than trailers";
        }
        fields.remove(slot);
      }
      case HOST -> {
        if (host != null) {
          flaw = "repeated Host";
        }
        host = value;
        fields.remove(slot);
      }
      case CONTENT_LENGTH -> {
        if (contentLength >= 0) {
          flaw = "repeated Content-Length";
        }
        contentLength = parseLength(value);
      }
      case COOKIE -> cookies++;
    }
  }

  private static boolean validName(AsciiString name) {
    byte[] array = name.array();
    for (int i = name.arrayOffset(), end = i + name.length(); i < end; i++) {
      byte b = array[i];
      if (!Token.isTokenChar(b) || (b >= 'A' && b <= 'Z')) {
        return false;
      }
    }
    return true;
  }

  private static boolean validValue(AsciiString value) {
    int length = value.length();
    if (length == 0) {
      return true;
    }
    byte[] array = value.array();
    int start = value.arrayOffset();
    int end = start + length;
    for (int i = start; i < end; i++) {
      if (!Token.isFieldValueChar(array[i])) {
        return false;
      }
    }
    return !isBlank(array[start]) && !isBlank(array[end - 1]);
  }

  private static boolean isBlank(byte b) {
    return b == ' ' || b == '\t';
  }

  private long parseLength(AsciiString value) {
    int length = value.length();
    long result = 0;
    for (int i = 0; i < length; i++) {
      int digit = value.byteAt(i) - '0';
      if (digit < 0 || digit > 9) {
        length = 0;
        break;
      }
      result = result * 10 + digit;
    }
    if (length == 0 || length > 18) {
      flaw = "invalid Content-Length";
      return 0;
    }
    return result;
  }

  private static Rule[] rules() {
    Rule[] rules = new Rule[Byte.MAX_VALUE];
    Arrays.fill(rules, Rule.NONE);
    rules[HeaderName.CONNECTION.id()] = Rule.FORBIDDEN;
    rules[HeaderName.TRANSFER_ENCODING.id()] = Rule.FORBIDDEN;
    rules[HeaderName.KEEP_ALIVE.id()] = Rule.FORBIDDEN;
    rules[HeaderName.UPGRADE.id()] = Rule.FORBIDDEN;
    rules[HeaderName.PROXY_CONNECTION.id()] = Rule.FORBIDDEN;
    rules[HeaderName.HTTP2_SETTINGS.id()] = Rule.FORBIDDEN;
    rules[HeaderName.TE.id()] = Rule.TE;
    rules[HeaderName.HOST.id()] = Rule.HOST;
    rules[HeaderName.CONTENT_LENGTH.id()] = Rule.CONTENT_LENGTH;
    rules[HeaderName.COOKIE.id()] = Rule.COOKIE;
    return rules;
  }

  // --- the rest of Http2Headers ----------------------------------------------------------------

  /** Netty asks for this one, to tell interim responses from final ones. */
  @Override
  public CharSequence status() {
    return status == null ? AsciiString.EMPTY_STRING : status;
  }

  @Override
  public @Nullable CharSequence method() {
    return method;
  }

  @Override
  public @Nullable CharSequence scheme() {
    return scheme;
  }

  @Override
  public @Nullable CharSequence authority() {
    return authority;
  }

  @Override
  public @Nullable CharSequence path() {
    return path;
  }

  @Override
  public Http2Headers method(CharSequence value) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Http2Headers scheme(CharSequence value) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Http2Headers authority(CharSequence value) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Http2Headers path(CharSequence value) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Http2Headers status(CharSequence value) {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean contains(CharSequence name, CharSequence value, boolean caseInsensitive) {
    return false;
  }
}
