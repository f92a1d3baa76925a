package dev.weir.core.wire;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Writes a protobuf message, field by field in any order. Fields with the default value of their
 * type are left out, as proto3 does.
 */
public final class ProtoWriter {
  private static final int VARINT = 0;
  private static final int LENGTH_DELIMITED = 2;

  private byte[] bytes = new byte[128];
  private int length;

  /** An integer, a boolean (0 or 1) or an enum; not of a {@code sint} or {@code fixed} type. */
  public ProtoWriter varint(int field, long value) {
    if (value != 0) {
      tag(field, VARINT);
      varint(value);
    }
    return this;
  }

  /** A string, in UTF-8. */
  public ProtoWriter text(int field, String value) {
    return bytes(field, value.getBytes(StandardCharsets.UTF_8));
  }

  /** Bytes. */
  public ProtoWriter bytes(int field, byte[] value) {
    if (value.length > 0) {
      delimited(field, value, value.length);
    }
    return this;
  }

  /** A message, also an empty one, or an element of a repeated field. */
  public ProtoWriter message(int field, ProtoWriter value) {
    delimited(field, value.bytes, value.length);
    return this;
  }

  /** An entry of a map from strings to strings. */
  public ProtoWriter entry(int field, String key, String value) {
    return message(field, new ProtoWriter().text(1, key).text(2, value));
  }

  private void delimited(int field, byte[] value, int size) {
    tag(field, LENGTH_DELIMITED);
    varint(size);
    reserve(size);
    System.arraycopy(value, 0, bytes, length, size);
    length += size;
  }

  private void tag(int field, int type) {
    varint((long) field << 3 | type);
  }

  private void varint(long value) {
    reserve(10);
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      bytes[length++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    bytes[length++] = (byte) rest;
  }

  private void reserve(int more) {
    if (bytes.length - length < more) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
    }
  }

  /** The message. */
  public byte[] toBytes() {
    return Arrays.copyOf(bytes, length);
  }
}
