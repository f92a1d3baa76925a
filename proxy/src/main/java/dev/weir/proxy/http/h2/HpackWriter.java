package dev.weir.proxy.http.h2;

import dev.weir.core.http.Fields;
import dev.weir.core.http.HeaderName;
import dev.weir.core.http.RequestHead;
import dev.weir.core.http.ResponseHead;
import dev.weir.core.http.Token;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Writes heads as HPACK header blocks (RFC 7541) straight from their bytes.
 *
 * <p>It uses the static table only and declares so with its first block: an encoder without a
 * dynamic table has no state, so blocks can be made early and sent late, and the many clients whose
 * requests share an upstream connection share no compression context (RFC 7541, section 7.1).
 * Strings are not Huffman coded: that would save a quarter of the bytes for more time than anything
 * else here takes.
 *
 * <p>Blocks are built in one array, kept for the connection, after {@link #RESERVED} bytes of room
 * for a frame header.
 */
final class HpackWriter {
  /** Free bytes in front of a block. */
  static final int RESERVED = 9;

  private static final int NEVER_INDEXED = 0x10;
  private static final int SIZE_UPDATE_ZERO = 0x20;
  private static final int INDEXED = 0x80;

  private static final int AUTHORITY = 1;
  private static final int GET = 2;
  private static final int POST = 3;
  private static final int PATH = 4;
  private static final int HTTP = 6;
  private static final int HTTPS = 7;
  private static final int STATUS = 8;

  private static final byte[] GET_BYTES = {'G', 'E', 'T'};
  private static final byte[] POST_BYTES = {'P', 'O', 'S', 'T'};
  private static final byte[] TE_TRAILERS =
      "\0\2te\10trailers".getBytes(StandardCharsets.ISO_8859_1);

  /** By {@link HeaderName#id()}: fields that no HTTP/2 message may carry (RFC 9113, 8.2.2). */
  private static final boolean[] HOP_BY_HOP =
      ids(
          HeaderName.CONNECTION,
          HeaderName.TRANSFER_ENCODING,
          HeaderName.KEEP_ALIVE,
          HeaderName.UPGRADE,
          HeaderName.PROXY_CONNECTION,
          HeaderName.HTTP2_SETTINGS,
          HeaderName.HOST,
          HeaderName.TE);

  /**
   * By {@link HeaderName#id()}: what nobody on the way should keep in a table (RFC 7541, 7.1.3).
   */
  private static final boolean[] SECRET =
      ids(HeaderName.AUTHORIZATION, HeaderName.PROXY_AUTHORIZATION, HeaderName.COOKIE);

  private byte[] to = new byte[1024];
  private int at;
  private boolean started;

  /** The block as a request's. */
  void request(RequestHead head, boolean secure) {
    begin();
    byte[] from = head.bytes();
    if (head.methodIs(GET_BYTES)) {
      put(INDEXED | GET);
    } else if (head.methodIs(POST_BYTES)) {
      put(INDEXED | POST);
    } else {
      literal(GET, from, head.methodStart(), head.methodEnd());
    }
    put(INDEXED | (secure ? HTTPS : HTTP));
    if (head.authorityEnd() > head.authorityStart()) {
      literal(AUTHORITY, from, head.authorityStart(), head.authorityEnd());
    }
    if (head.targetEnd() - head.pathStart() == 1 && from[head.pathStart()] == '/') {
      put(INDEXED | PATH);
    } else {
      literal(PATH, from, head.pathStart(), head.targetEnd());
    }
    // A hop-by-hop statement, and true of this hop whatever the client's may be.
    ensure(TE_TRAILERS.length);
    System.arraycopy(TE_TRAILERS, 0, to, at, TE_TRAILERS.length);
    at += TE_TRAILERS.length;
    fields(head.fields());
  }

  /** The block as a response's. */
  void response(ResponseHead head) {
    begin();
    int status = head.status();
    int indexed =
        switch (status) {
          case 200 -> 8;
          case 204 -> 9;
          case 206 -> 10;
          case 304 -> 11;
          case 400 -> 12;
          case 404 -> 13;
          case 500 -> 14;
          default -> 0;
        };
    if (indexed != 0) {
      put(INDEXED | indexed);
    } else {
      ensure(5);
      to[at++] = STATUS;
      to[at++] = 3;
      to[at++] = (byte) ('0' + status / 100);
      to[at++] = (byte) ('0' + status / 10 % 10);
      to[at++] = (byte) ('0' + status % 10);
    }
    fields(head.fields());
  }

  /** The block as a trailer section's. */
  void trailers(Fields fields) {
    begin();
    fields(fields);
  }

  /** The array with the last block; good until the next one is begun. */
  byte[] bytes() {
    return to;
  }

  /** Where the block ends in {@link #bytes()}; it starts at {@link #RESERVED}. */
  int end() {
    return at;
  }

  private void begin() {
    at = RESERVED;
    if (!started) {
      started = true;
      put(SIZE_UPDATE_ZERO);
    }
  }

  private void fields(Fields fields) {
    byte[] from = fields.bytes();
    for (int i = 0, n = fields.slots(); i < n; i++) {
      if (fields.isLive(i) && !HOP_BY_HOP[fields.id(i)]) {
        field(from, fields, i);
      }
    }
  }

  private void field(byte[] from, Fields fields, int i) {
    int nameStart = fields.nameStart(i);
    int nameEnd = fields.nameEnd(i);
    int form = SECRET[fields.id(i)] ? NEVER_INDEXED : 0;
    int index = HpackStaticNames.indexOf(from, nameStart, nameEnd);
    if (index != 0) {
      ensure(8);
      integer(form, 15, index);
    } else {
      int length = nameEnd - nameStart;
      ensure(8 + length);
      to[at++] = (byte) form;
      integer(0, 127, length);
      for (int n = nameStart; n < nameEnd; n++) {
        to[at++] = Token.lower(from[n]);
      }
    }
    string(from, fields.valueStart(i), fields.valueEnd(i));
  }

  private void literal(int nameIndex, byte[] from, int start, int end) {
    put(nameIndex);
    string(from, start, end);
  }

  private void string(byte[] from, int start, int end) {
    int length = end - start;
    ensure(8 + length);
    integer(0, 127, length);
    System.arraycopy(from, start, to, at, length);
    at += length;
  }

  /** An integer with a prefix of {@code max} and its form in the bits above (RFC 7541, 5.1). */
  private void integer(int form, int max, int value) {
    if (value < max) {
      to[at++] = (byte) (form | value);
      return;
    }
    to[at++] = (byte) (form | max);
    int rest = value - max;
    while (rest >= 0x80) {
      to[at++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    to[at++] = (byte) rest;
  }

  private void put(int octet) {
    ensure(1);
    to[at++] = (byte) octet;
  }

  private void ensure(int more) {
    if (to.length - at < more) {
      to = Arrays.copyOf(to, Math.max(to.length * 2, at + more));
    }
  }

  private static boolean[] ids(HeaderName... names) {
    boolean[] table = new boolean[Byte.MAX_VALUE];
    for (HeaderName name : names) {
      table[name.id()] = true;
    }
    return table;
  }
}
