package dev.weir.echo;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Writes the few kinds of protobuf fields that the echo service has. Generated classes would open a
 * door for protobuf here, see the architecture test.
 */
final class ProtoMessage {
  private static final int LENGTH_DELIMITED = 2;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  /** Adds a string; as in proto3 an empty one is left out. */
  ProtoMessage text(int field, String value) {
    return value.isEmpty() ? this : bytes(field, value.getBytes(StandardCharsets.UTF_8));
  }

  ProtoMessage message(int field, ProtoMessage value) {
    return bytes(field, value.bytes());
  }

  byte[] bytes() {
    return out.toByteArray();
  }

  private ProtoMessage bytes(int field, byte[] value) {
    varint((field << 3) | LENGTH_DELIMITED);
    varint(value.length);
    out.writeBytes(value);
    return this;
  }

  private void varint(int value) {
    int rest = value;
    while ((rest & ~0x7f) != 0) {
      out.write((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    out.write(rest);
  }
}
