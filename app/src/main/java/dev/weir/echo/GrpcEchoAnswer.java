package dev.weir.echo;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What the gRPC backend answered, read from the bytes of an EchoResponse.
 *
 * @param headers names and values in their order, names in lower case
 */
public record GrpcEchoAnswer(
    String method,
    String authority,
    String namespace,
    String pod,
    List<Map.Entry<String, String>> headers) {
  private static final int FRAME_HEAD = 5;
  private static final int LENGTH_DELIMITED = 2;

  private record Field(int number, ByteBuffer value) {
    String text() {
      return StandardCharsets.UTF_8.decode(value.duplicate()).toString();
    }
  }

  /**
   * Reads a gRPC message with its prefix of five bytes.
   *
   * @throws IOException if it is none
   */
  public static GrpcEchoAnswer read(byte[] body) throws IOException {
    if (body.length < FRAME_HEAD) {
      throw new IOException("no gRPC message in " + body.length + " bytes");
    }
    ByteBuffer message = ByteBuffer.wrap(body, FRAME_HEAD, body.length - FRAME_HEAD).slice();
    String method = "";
    String authority = "";
    String namespace = "";
    String pod = "";
    List<Map.Entry<String, String>> headers = new ArrayList<>();
    for (Field response : fields(message)) {
      if (response.number() != 1) {
        continue;
      }
      for (Field field : fields(response.value())) {
        switch (field.number()) {
          case 1 -> method = field.text();
          case 2 -> headers.add(Map.entry(text(field.value(), 1), text(field.value(), 2)));
          case 3 -> authority = field.text();
          case 4 -> {
            namespace = text(field.value(), 1);
            pod = text(field.value(), 4);
          }
          default -> {}
        }
      }
    }
    return new GrpcEchoAnswer(method, authority, namespace, pod, List.copyOf(headers));
  }

  /** The values of a header, its name in any case. */
  public List<String> headers(String name) {
    return headers.stream()
        .filter(header -> header.getKey().equalsIgnoreCase(name))
        .map(Map.Entry::getValue)
        .toList();
  }

  private static String text(ByteBuffer message, int number) throws IOException {
    for (Field field : fields(message)) {
      if (field.number() == number) {
        return field.text();
      }
    }
    return "";
  }

  private static List<Field> fields(ByteBuffer message) throws IOException {
    List<Field> fields = new ArrayList<>();
    ByteBuffer in = message.duplicate();
    while (in.hasRemaining()) {
      int tag = varint(in);
      if ((tag & 7) != LENGTH_DELIMITED) {
        throw new IOException("a field that an EchoResponse does not have: " + (tag >>> 3));
      }
      int length = varint(in);
      if (length < 0 || length > in.remaining()) {
        throw new IOException("a message that is cut off");
      }
      fields.add(new Field(tag >>> 3, in.slice(in.position(), length)));
      in.position(in.position() + length);
    }
    return fields;
  }

  private static int varint(ByteBuffer in) throws IOException {
    int value = 0;
    for (int shift = 0; shift < 32 && in.hasRemaining(); shift += 7) {
      byte next = in.get();
      value |= (next & 0x7f) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw new IOException("a message that is cut off");
  }
}
