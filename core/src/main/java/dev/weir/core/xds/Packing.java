package dev.weir.core.xds;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * Messages in the envelope that Envoy's extension points take. {@link Any#pack} and {@link
 * Any#unpack} ask descriptors for the name of a type, and to make one, all messages that it can
 * hold are loaded with it: a good part of a start.
 */
public final class Packing {
  private static final String URL = "type.googleapis.com/";

  /** Before the name of the protobuf package, of messages that the build generates. */
  private static final String GENERATED = "dev.weir.";

  private static final String PROTOBUF = "com.google.protobuf.";

  private Packing() {}

  /** The message in an envelope; equal messages give equal bytes. */
  public static Any packed(Message message) {
    return Any.newBuilder()
        .setTypeUrl(url(message))
        .setValue(ByteString.copyFrom(bytes(message)))
        .build();
  }

  /**
   * The message in an envelope.
   *
   * @param instance of the type that it has to have
   * @throws InvalidProtocolBufferException if it has another one, or is damaged
   */
  public static <M extends Message> M unpacked(Any any, M instance)
      throws InvalidProtocolBufferException {
    String url = any.getTypeUrl();
    if (!typeName(url).equals(typeName(instance))) {
      throw new InvalidProtocolBufferException("it says that it is a " + url);
    }
    @SuppressWarnings("unchecked") // the parser of a type makes messages of that type
    M message = (M) instance.getParserForType().parseFrom(any.getValue());
    return message;
  }

  /** URL of the message's type, as envelopes and the xDS protocol write it. */
  public static String url(Message message) {
    return URL + typeName(message);
  }

  /** Full name of the type that a URL ends with. */
  public static String typeName(String url) {
    return url.substring(url.lastIndexOf('/') + 1);
  }

  /**
   * Full name of the message's type, e.g. {@code envoy.config.route.v3.Route}, told from its class:
   * all that Weir uses follow one of two rules.
   */
  public static String typeName(Message message) {
    String name = message.getClass().getName().replace('$', '.');
    if (name.startsWith(GENERATED)) {
      return name.substring(GENERATED.length());
    }
    return name.startsWith(PROTOBUF)
        ? name.substring("com.".length())
        : message.getDescriptorForType().getFullName();
  }

  /** The message's bytes; maps are written in the order of their keys. */
  public static byte[] bytes(Message message) {
    byte[] bytes = new byte[message.getSerializedSize()];
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    out.useDeterministicSerialization();
    try {
      message.writeTo(out);
    } catch (IOException e) {
      throw new UncheckedIOException("the array has the message's size", e);
    }
    out.checkNoSpaceLeft();
    return bytes;
  }
}
