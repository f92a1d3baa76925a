package dev.weir.core.wire;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads a protobuf message, field by field in the order of the bytes. A field whose value is not
 * asked for is skipped. Of a field that is there twice, the caller sees both.
 */
public final class ProtoReader {
  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int LENGTH_DELIMITED = 2;
  private static final int FIXED32 = 5;

  private final byte[] bytes;
  private final int end;
  private int at;
  private int field;
  private int type;
  private boolean valueRead = true;

  /** A reader of the message that is all of {@code bytes}. */
  public ProtoReader(byte[] bytes) {
    this(bytes, 0, bytes.length);
  }

  private ProtoReader(byte[] bytes, int from, int to) {
    this.bytes = bytes;
    this.at = from;
    this.end = to;
  }

  /** Goes to the next field; false at the end of the message. */
  public boolean next() throws MalformedMessage {
    if (!valueRead) {
      skip();
    }
    if (at == end) {
      return false;
    }
    long tag = rawVarint();
    field = (int) (tag >>> 3);
    type = (int) tag & 7;
    if (field < 1 || tag >>> 32 != 0) {
      throw new MalformedMessage("no such field number");
    }
    valueRead = false;
    return true;
  }

  /** Number of the field. */
  public int field() {
    return field;
  }

  /** The field's value: an integer, a boolean or an enum. */
  public long varint() throws MalformedMessage {
    expect(VARINT);
    return rawVarint();
  }

  /** The field's value: a string. What is no UTF-8 becomes the replacement character. */
  public String text() throws MalformedMessage {
    int size = size();
    at += size;
    return new String(bytes, at - size, size, StandardCharsets.UTF_8);
  }

  /** The field's value: bytes, or those of a string. */
  public byte[] bytes() throws MalformedMessage {
    int size = size();
    at += size;
    return Arrays.copyOfRange(bytes, at - size, at);
  }

  /** The field's value: a message. */
  public ProtoReader message() throws MalformedMessage {
    int size = size();
    at += size;
    return new ProtoReader(bytes, at - size, at);
  }

  private int size() throws MalformedMessage {
    expect(LENGTH_DELIMITED);
    long size = rawVarint();
    if (size < 0 || size > end - at) {
      throw new MalformedMessage("a field is longer than its message");
    }
    return (int) size;
  }

  private void expect(int expected) throws MalformedMessage {
    if (valueRead || type != expected) {
      throw new MalformedMessage("field " + field + " is of another type");
    }
    valueRead = true;
  }

  private void skip() throws MalformedMessage {
    valueRead = true;
    switch (type) {
      case VARINT -> rawVarint();
      case FIXED64 -> advance(8);
      case LENGTH_DELIMITED -> {
        long size = rawVarint();
        if (size < 0 || size > end - at) {
          throw new MalformedMessage("a field is longer than its message");
        }
        at += (int) size;
      }
      case FIXED32 -> advance(4);
      default -> throw new MalformedMessage("no such type of field");
    }
  }

  private void advance(int size) throws MalformedMessage {
    if (size > end - at) {
      throw new MalformedMessage("a field is longer than its message");
    }
    at += size;
  }

  private long rawVarint() throws MalformedMessage {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (at == end) {
        throw new MalformedMessage("the message ends within a number");
      }
      byte b = bytes[at++];
      value |= (long) (b & 0x7f) << shift;
      if (b >= 0) {
        return value;
      }
    }
    throw new MalformedMessage("a number is too long");
  }
}
