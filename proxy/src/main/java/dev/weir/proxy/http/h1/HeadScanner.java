package dev.weir.proxy.http.h1;

import dev.weir.core.http.Fields;
import dev.weir.core.http.HeaderName;
import dev.weir.core.http.Token;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Scans the head of a message, or a trailer section, once: copies it from the receive buffer to the
 * array of {@link Fields} and notes there where the fields are. Makes no objects.
 *
 * <p>Bytes may come in pieces of any size; each is looked at once. Only the syntax of RFC 9112 is
 * judged here, strictly: CRLF ends lines, nothing is folded; what the fields mean is the readers'
 * matter. Not thread-safe; used again and again.
 */
public final class HeadScanner {
  /** How far a scan has come. */
  public enum Progress {
    /** All bytes were taken and the head goes on. */
    MORE,
    /** The head is complete; the buffer stands behind it. */
    DONE,
    /** The head is refused. */
    REFUSED
  }

  /** What to scan. */
  public enum Kind {
    REQUEST,
    RESPONSE,
    REQUEST_TRAILERS,
    RESPONSE_TRAILERS
  }

  /** A head is copied in steps of this size, so that not much of a body is copied with it. */
  private static final int STEP = 1024;

  private static final int VERSION_LENGTH = 8;

  // States: what the next byte belongs to.
  private static final int EMPTY_LINE_LF = 1;
  private static final int METHOD = 2;
  private static final int TARGET = 3;
  private static final int REQUEST_VERSION = 4;
  private static final int RESPONSE_VERSION = 5;
  private static final int STATUS = 6;
  private static final int REASON = 7;
  private static final int START_LINE_LF = 8;
  private static final int LINE = 9;
  private static final int NAME = 10;
  private static final int SPACE_BEFORE_COLON = 11;
  private static final int SPACE_BEFORE_VALUE = 12;
  private static final int VALUE = 13;
  private static final int VALUE_LF = 14;
  private static final int END_LF = 15;

  private final Kind kind;
  private final Fields fields;

  private int maxBytes;
  private int maxFields;
  private int maxTarget;

  private int state;
  private int at;
  private int partStart;
  private int nameStart;
  private int nameEnd;
  private @Nullable Defect defect;

  private int methodEnd;
  private int methodStart;
  private int targetStart;
  private int targetEnd;
  private int minorVersion;
  private int status;
  private long seen;
  private long repeated;

  /** A scanner that fills {@code fields}. */
  public HeadScanner(Kind kind, Fields fields) {
    this.kind = kind;
    this.fields = fields;
  }

  /**
   * Begins a new head and forgets the one before.
   *
   * @param maxBytes of the whole head, its last CRLF included
   * @param maxFields number of fields
   * @param maxTarget bytes of the request target
   */
  public void begin(int maxBytes, int maxFields, int maxTarget) {
    this.maxBytes = maxBytes;
    this.maxFields = maxFields;
    this.maxTarget = maxTarget;
    fields.clear();
    methodStart = 0;
    state = kind == Kind.REQUEST ? METHOD : kind == Kind.RESPONSE ? RESPONSE_VERSION : LINE;
    at = 0;
    partStart = 0;
    defect = null;
    seen = 0;
    repeated = 0;
  }

  /** Takes as much of {@code in} as belongs to the head. */
  public Progress scan(ByteBuf in) {
    while (true) {
      int length = fields.length();
      int step = Math.min(in.readableBytes(), STEP);
      if (step == 0) {
        return Progress.MORE;
      }
      byte[] bytes = fields.ensureWritable(step);
      in.getBytes(in.readerIndex(), bytes, length, step);
      Progress progress = state < LINE ? startLine(bytes, length + step) : Progress.DONE;
      if (progress == Progress.DONE) {
        progress = lines(bytes, length + step);
      }
      if (progress != Progress.REFUSED && at > maxBytes) {
        progress = refuse(Defect.HEAD_TOO_LARGE);
      }
      if (progress == Progress.REFUSED) {
        return progress;
      }
      in.skipBytes(at - length);
      fields.advance(at - length);
      if (progress == Progress.DONE) {
        return progress;
      }
    }
  }

  /** The start line; {@link Progress#DONE} when the fields begin. */
  @SuppressWarnings("fallthrough") // the parts of a line follow each other
  private Progress startLine(byte[] bytes, int limit) {
    int p = at;
    switch (state) {
      case EMPTY_LINE_LF:
        if (bytes[p] != '\n') {
          return refuse(Defect.BARE_CR);
        }
        methodStart = ++p;
        state = METHOD;
      case METHOD:
        while (p < limit && Token.isTokenChar(bytes[p])) {
          p++;
        }
        if (p == limit) {
          return more(p);
        }
        if (bytes[p] != ' ' || p == methodStart) {
          return p == 0 && bytes[p] == '\r' ? emptyLine(bytes, limit) : refuse(Defect.METHOD);
        }
        methodEnd = p++;
        targetStart = p;
        state = TARGET;
      case TARGET:
        p = Bytes.skipVisible(bytes, p, limit);
        if (p - targetStart > maxTarget) {
          return refuse(Defect.TARGET_TOO_LONG);
        }
        if (p == limit) {
          return more(p);
        }
        if (bytes[p] != ' ' || p == targetStart) {
          return refuse(Defect.TARGET);
        }
        targetEnd = p++;
        partStart = p;
        state = REQUEST_VERSION;
      case REQUEST_VERSION:
        p = Bytes.skipVisible(bytes, p, Math.min(limit, partStart + VERSION_LENGTH));
        if (p == limit) {
          return more(p);
        }
        if (bytes[p] != '\r') {
          return refuse(bytes[p] == '\n' ? Defect.BARE_LF : Defect.VERSION);
        }
        if (!version(bytes, p)) {
          return Progress.REFUSED;
        }
        p++;
        state = START_LINE_LF;
        return startLineEnd(bytes, p, limit);
      case RESPONSE_VERSION:
        p = Bytes.skipVisible(bytes, p, Math.min(limit, partStart + VERSION_LENGTH));
        if (p == limit) {
          return more(p);
        }
        if (bytes[p] != ' ') {
          return refuse(Defect.VERSION);
        }
        if (!version(bytes, p)) {
          return Progress.REFUSED;
        }
        p++;
        partStart = p;
        status = 0;
        state = STATUS;
      case STATUS:
        for (; p < limit && bytes[p] >= '0' && bytes[p] <= '9' && p < partStart + 3; p++) {
          status = status * 10 + bytes[p] - '0';
        }
        if (p == limit) {
          return more(p);
        }
        // Without a reason phrase many servers leave out the space as well.
        if (p != partStart + 3 || status < 100 || (bytes[p] != ' ' && bytes[p] != '\r')) {
          return refuse(Defect.STATUS);
        }
        state = REASON;
      case REASON:
        p = skipValue(bytes, p, limit);
        if (p == limit) {
          return more(p);
        }
        if (bytes[p] != '\r') {
          return refuse(bytes[p] == '\n' ? Defect.BARE_LF : Defect.REASON_PHRASE);
        }
        p++;
        state = START_LINE_LF;
      default:
        return startLineEnd(bytes, p, limit);
    }
  }

  /** One empty line before a request is tolerated (RFC 9112, section 2.2). */
  private Progress emptyLine(byte[] bytes, int limit) {
    at = 1;
    state = EMPTY_LINE_LF;
    return limit == 1 ? Progress.MORE : startLine(bytes, limit);
  }

  private Progress startLineEnd(byte[] bytes, int p, int limit) {
    if (p == limit) {
      return more(p);
    }
    if (bytes[p] != '\n') {
      return refuse(Defect.BARE_CR);
    }
    at = p + 1;
    state = LINE;
    return Progress.DONE;
  }

  private boolean version(byte[] bytes, int end) {
    int start = partStart;
    if (end - start != VERSION_LENGTH
        || bytes[start] != 'H'
        || bytes[start + 1] != 'T'
        || bytes[start + 2] != 'T'
        || bytes[start + 3] != 'P'
        || bytes[start + 4] != '/'
        || !digit(bytes[start + 5])
        || bytes[start + 6] != '.'
        || !digit(bytes[start + 7])) {
      refuse(Defect.VERSION);
      return false;
    }
    minorVersion = bytes[start + 7] - '0';
    if (bytes[start + 5] != '1' || minorVersion > 1) {
      refuse(Defect.UNKNOWN_VERSION);
      return false;
    }
    return true;
  }

  /** The field lines up to and with the empty line. */
  @SuppressWarnings("fallthrough") // the parts of a line follow each other
  private Progress lines(byte[] bytes, int limit) {
    int p = at;
    while (true) {
      switch (state) {
        case LINE:
          if (p == limit) {
            return more(p);
          }
          if (bytes[p] == '\r') {
            p++;
            state = END_LF;
            continue;
          }
          nameStart = p;
          state = NAME;
        case NAME:
          while (p < limit && Token.isTokenChar(bytes[p])) {
            p++;
          }
          if (p == limit) {
            return more(p);
          }
          nameEnd = p;
          if (bytes[p] != ':' || p == nameStart) {
            Defect found = badName(bytes[p]);
            if (found != null) {
              return refuse(found);
            }
            state = SPACE_BEFORE_COLON;
            continue;
          }
          p++;
          state = SPACE_BEFORE_VALUE;
        case SPACE_BEFORE_VALUE:
          while (p < limit && (bytes[p] == ' ' || bytes[p] == '\t')) {
            p++;
          }
          if (p == limit) {
            return more(p);
          }
          partStart = p;
          state = VALUE;
        case VALUE:
          p = skipValue(bytes, p, limit);
          if (p == limit) {
            return more(p);
          }
          if (bytes[p] != '\r') {
            return refuse(bytes[p] == '\n' ? Defect.BARE_LF : Defect.FIELD_VALUE);
          }
          p++;
          state = VALUE_LF;
        case VALUE_LF:
          if (p == limit) {
            return more(p);
          }
          if (bytes[p] != '\n') {
            return refuse(Defect.BARE_CR);
          }
          if (fields.slots() == maxFields) {
            return refuse(Defect.TOO_MANY_FIELDS);
          }
          add(bytes, p - 1);
          p++;
          state = LINE;
          continue;
        case SPACE_BEFORE_COLON:
          while (p < limit && (bytes[p] == ' ' || bytes[p] == '\t')) {
            p++;
          }
          if (p == limit) {
            return more(p);
          }
          if (bytes[p] != ':') {
            return refuse(Defect.NO_COLON);
          }
          // A proxy has to remove it (RFC 9112, section 5.1): it moves behind the colon.
          bytes[p++] = ' ';
          bytes[nameEnd] = ':';
          state = SPACE_BEFORE_VALUE;
          continue;
        default:
          if (p == limit) {
            return more(p);
          }
          if (bytes[p] != '\n') {
            return refuse(Defect.BARE_CR);
          }
          at = p + 1;
          return Progress.DONE;
      }
    }
  }

  private void add(byte[] bytes, int lineEnd) {
    int valueEnd = lineEnd;
    while (valueEnd > partStart && (bytes[valueEnd - 1] == ' ' || bytes[valueEnd - 1] == '\t')) {
      valueEnd--;
    }
    int id = HeaderName.idOf(bytes, nameStart, nameEnd);
    if (id != HeaderName.OTHER) {
      long bit = 1L << id;
      repeated |= seen & bit;
      seen |= bit;
    }
    fields.addScanned(nameStart, nameEnd, partStart, valueEnd, id);
  }

  private static int skipValue(byte[] bytes, int from, int limit) {
    int p = Bytes.skipText(bytes, from, limit);
    while (p < limit && bytes[p] == '\t') {
      p = Bytes.skipText(bytes, p + 1, limit);
    }
    return p;
  }

  /** What is wrong with a name that ends with {@code next}; null if a response may have it. */
  private @Nullable Defect badName(byte next) {
    boolean space = next == ' ' || next == '\t';
    if (nameEnd == nameStart) {
      return space ? Defect.OBS_FOLD : next == '\n' ? Defect.BARE_LF : Defect.FIELD_NAME;
    }
    if (space) {
      return kind == Kind.RESPONSE || kind == Kind.RESPONSE_TRAILERS
          ? null
          : Defect.SPACE_BEFORE_COLON;
    }
    return switch (next) {
      case '\r' -> Defect.NO_COLON;
      case '\n' -> Defect.BARE_LF;
      default -> Defect.FIELD_NAME;
    };
  }

  private static boolean digit(byte b) {
    return b >= '0' && b <= '9';
  }

  private Progress more(int p) {
    at = p;
    return Progress.MORE;
  }

  private Progress refuse(Defect found) {
    defect = found;
    return Progress.REFUSED;
  }

  // --- the result ------------------------------------------------------------------------------

  /** Why the head was refused, or null. */
  @Nullable Defect defect() {
    return defect;
  }

  int methodStart() {
    return methodStart;
  }

  int methodEnd() {
    return methodEnd;
  }

  int targetStart() {
    return targetStart;
  }

  int targetEnd() {
    return targetEnd;
  }

  /** Whether the message is of HTTP/1.0. */
  boolean http10() {
    return minorVersion == 0;
  }

  int status() {
    return status;
  }

  /** Whether a field of that (known) name is there. */
  boolean saw(HeaderName name) {
    return (seen & (1L << name.id())) != 0;
  }

  /** Whether there is more than one field of that (known) name. */
  boolean sawMany(HeaderName name) {
    return (repeated & (1L << name.id())) != 0;
  }
}
