package dev.weir.core.wire;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;

/** A message of a gRPC stream: five bytes in front say how long it is. */
public final class GrpcFrame {
  private static final int PREFIX = 5;

  private GrpcFrame() {}

  /** The body of a request that is this message. */
  public static byte[] of(byte[] message) {
    return ByteBuffer.allocate(PREFIX + message.length)
        .put((byte) 0)
        .putInt(message.length)
        .put(message)
        .array();
  }

  /**
   * The message of an answer that has exactly one.
   *
   * @throws MalformedMessage if it has none or several, or is compressed, which nobody asked for
   */
  public static byte[] single(ByteBuf body) throws MalformedMessage {
    int start = body.readerIndex();
    int size = body.readableBytes() - PREFIX;
    if (size < 0 || body.getByte(start) != 0 || body.getInt(start + 1) != size) {
      throw new MalformedMessage("not one uncompressed message");
    }
    byte[] message = new byte[size];
    body.getBytes(start + PREFIX, message);
    return message;
  }
}
