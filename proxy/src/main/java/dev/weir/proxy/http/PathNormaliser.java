package dev.weir.proxy.http;

import dev.weir.core.failure.Failure;
import dev.weir.core.failure.Reason;
import dev.weir.core.http.RequestHead;
import dev.weir.proxy.plan.HttpOptions.EscapedSlashes;
import dev.weir.proxy.plan.HttpOptions.PathNormalisation;
import org.jspecify.annotations.Nullable;

/**
 * Brings a request target in origin form into the one normal form that routing, filters and backend
 * see (RFC 3986, section 6.2.2): dot segments resolved, escapes of unreserved characters decoded,
 * slashes as configured. {@code docs/http.md}, "Paths", has the rules.
 *
 * <p>An ordinary path is read once and left alone. The normal form is never longer than what was
 * sent, so that the others are rewritten where they stand.
 */
public final class PathNormaliser {
  private static final Failure NOT_ORIGIN_FORM = bad("target does not start with a slash");
  private static final Failure CHARACTER = bad("character not allowed in target");
  private static final Failure ESCAPE = bad("invalid percent escape in path");
  private static final Failure NUL = bad("%00 in path");
  private static final Failure ABOVE_ROOT = bad("path climbs above the root");
  private static final Failure ESCAPED_SLASH = bad("escaped slash in path");
  private static final Failure HIDDEN_DOTS = bad("ambiguous dot segment in path");

  /** Classes of the bytes of a target. */
  private static final byte INVALID = 0;

  private static final byte PLAIN = 1;
  private static final byte SLASH = 2;
  private static final byte PERCENT = 3;
  private static final byte QUERY = 4;

  private static final byte[] CLASSES = classes();

  private PathNormaliser() {}

  /**
   * Normalises the target that stands at {@code [start, end)} of the head's bytes, in place, and
   * declares it with {@link RequestHead#pathAt}.
   *
   * @return null, or why the target is refused
   */
  public static @Nullable Failure normalise(
      RequestHead head, int start, int end, PathNormalisation options) {
    byte[] bytes = head.bytes();
    if (start == end || bytes[start] != '/') {
      return NOT_ORIGIN_FORM;
    }
    boolean ordinary = true;
    int at = start;
    byte kind = SLASH;
    for (; at < end; at++) {
      byte before = kind;
      kind = CLASSES[bytes[at] & 0xff];
      if (kind == PLAIN) {
        if (before == SLASH && bytes[at] == '.') {
          ordinary = false;
        }
      } else if (kind == SLASH) {
        if (before == SLASH && at > start && options.mergeSlashes()) {
          ordinary = false;
        }
      } else if (kind == PERCENT) {
        ordinary = false;
      } else if (kind == QUERY) {
        break;
      } else {
        return CHARACTER;
      }
    }
    int query = at;
    for (at++; at < end; at++) {
      // A query may have backslashes, which mean nothing there.
      if (CLASSES[bytes[at] & 0xff] == INVALID && bytes[at] != '\\') {
        return CHARACTER;
      }
    }
    if (ordinary) {
      head.pathAt(start, query, end);
      return null;
    }
    return new Rewrite(bytes, start, options).run(head, query, end);
  }

  private static byte[] classes() {
    byte[] classes = new byte[256];
    for (int c = '!'; c <= '~'; c++) {
      classes[c] = PLAIN;
    }
    classes['#'] = INVALID;
    classes['\\'] = INVALID;
    classes['/'] = SLASH;
    classes['%'] = PERCENT;
    classes['?'] = QUERY;
    return classes;
  }

  private static Failure bad(String detail) {
    return Failure.downstream(Reason.BAD_REQUEST, detail);
  }

  /** Writes the normal form of a path over itself, from left to right. */
  private static final class Rewrite {
    private final byte[] bytes;
    private final int start;
    private final PathNormalisation options;
    private int written;

    /** Where the segment being written starts: right after its slash. */
    private int segment;

    private boolean escapedSlashInSegment;

    Rewrite(byte[] bytes, int start, PathNormalisation options) {
      this.bytes = bytes;
      this.start = start;
      this.options = options;
    }

    @Nullable Failure run(RequestHead head, int query, int end) {
      written = start + 1;
      segment = written;
      for (int at = start + 1; at < query; ) {
        byte c = bytes[at];
        @Nullable Failure failure = null;
        if (c == '/') {
          failure = slash();
          at++;
        } else if (c == '%') {
          failure = escape(at, query);
          at += 3;
        } else {
          bytes[written++] = c;
          at++;
        }
        if (failure != null) {
          return failure;
        }
      }
      Failure failure = endSegment();
      if (failure != null) {
        return failure;
      }
      System.arraycopy(bytes, query, bytes, written, end - query);
      head.pathAt(start, written, written + end - query);
      return null;
    }

    private @Nullable Failure slash() {
      int before = written;
      Failure failure = endSegment();
      // Behind a resolved dot segment stands the slash before it.
      if (failure == null
          && written == before
          && !(options.mergeSlashes() && bytes[written - 1] == '/')) {
        bytes[written++] = '/';
      }
      segment = written;
      return failure;
    }

    private @Nullable Failure escape(int at, int query) {
      int value = at + 2 < query ? hex(bytes[at + 1]) << 4 | hex(bytes[at + 2]) : -1;
      if (value < 0) {
        return ESCAPE;
      }
      if (value == 0) {
        return NUL;
      }
      if (value == '/' || value == '\\') {
        if (options.escapedSlashes() == EscapedSlashes.REJECT) {
          return ESCAPED_SLASH;
        }
        if (options.escapedSlashes() == EscapedSlashes.UNESCAPE) {
          return slash();
        }
        escapedSlashInSegment = true;
      }
      if (unreserved(value)) {
        bytes[written++] = (byte) value;
      } else {
        bytes[written++] = '%';
        bytes[written++] = bytes[at + 1];
        bytes[written++] = bytes[at + 2];
      }
      return null;
    }

    /** Resolves the segment just written if it is a dot segment. */
    private @Nullable Failure endSegment() {
      int dots = dots(segment, written);
      if (dots > 0) {
        if (segment + dots < written) {
          return HIDDEN_DOTS;
        }
        written = segment;
        if (dots == 2) {
          if (segment == start + 1) {
            return ABOVE_ROOT;
          }
          do {
            written--;
          } while (bytes[written - 1] != '/');
        }
      } else if (escapedSlashInSegment && hidesDots()) {
        return HIDDEN_DOTS;
      }
      escapedSlashInSegment = false;
      return null;
    }

    /**
     * 1 or 2 if the segment is {@code .} or {@code ..}, also when parameters ({@code ;x}) or an
     * escaped slash follow, which some backends take away before they resolve; else 0.
     */
    private int dots(int from, int to) {
      int at = from;
      while (at < to && bytes[at] == '.') {
        at++;
      }
      int dots = at - from;
      if (dots == 0 || dots > 2) {
        return 0;
      }
      return at == to || bytes[at] == ';' || isEscapedSlash(at, to) ? dots : 0;
    }

    private boolean hidesDots() {
      for (int at = segment; at < written; at++) {
        if (isEscapedSlash(at, written) && dots(at + 3, written) > 0) {
          return true;
        }
      }
      return false;
    }

    private boolean isEscapedSlash(int at, int to) {
      if (at + 2 >= to || bytes[at] != '%') {
        return false;
      }
      int value = hex(bytes[at + 1]) << 4 | hex(bytes[at + 2]);
      return value == '/' || value == '\\';
    }

    private static boolean unreserved(int c) {
      return (c >= 'a' && c <= 'z')
          || (c >= 'A' && c <= 'Z')
          || (c >= '0' && c <= '9')
          || c == '-'
          || c == '.'
          || c == '_'
          || c == '~';
    }

    /** The digit's value, or -16, which stays negative when shifted by four and combined. */
    private static int hex(byte c) {
      if (c >= '0' && c <= '9') {
        return c - '0';
      }
      int letter = c | 0x20;
      return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -16;
    }
  }
}
