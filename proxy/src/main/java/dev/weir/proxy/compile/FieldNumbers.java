package dev.weir.proxy.compile;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.Message;
import com.google.protobuf.WireFormat;
import dev.weir.core.filter.HttpFilterType;
import dev.weir.core.xds.Packing;
import dev.weir.proxy.compile.SupportedFields.Line;
import java.io.IOException;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The supported fields by their numbers: tells from a message's bytes that there are no others. To
 * ask the message itself would load descriptors and accessors of everything that it could hold, a
 * quarter of the time of a start and more than 20 MB; so only a message that does not pass here is
 * looked at in that way.
 *
 * <p>Thread-safe.
 */
final class FieldNumbers {
  private static final String ANY = "google.protobuf.Any";

  /** By full name: the fields by number, null where one is not supported. */
  private final Map<String, @Nullable Field[]> messages = new HashMap<>();

  /** What the control plane sends to have a filter installed, by the name of the message. */
  private final Map<String, ByteString> installs = new HashMap<>();

  /**
   * A field that may be set.
   *
   * @param type full name of the message in it, or null if it holds none to look into
   * @param map whether the message is the value of an entry
   */
  private record Field(@Nullable String type, boolean map) {}

  FieldNumbers(List<Line> table, Collection<HttpFilterType<?, ?>> filters) {
    for (Line line : table) {
      @Nullable Field[] known = messages.getOrDefault(line.message(), new Field[0]);
      if (!line.field().isEmpty()) {
        if (line.number() >= known.length) {
          known = Arrays.copyOf(known, line.number() + 1);
        }
        boolean isValue =
            line.type().isEmpty()
                || (line.type().startsWith("google.protobuf.") && !line.type().equals(ANY));
        known[line.number()] = new Field(isValue ? null : line.type(), line.map());
      }
      messages.put(line.message(), known);
    }
    for (HttpFilterType<?, ?> filter : filters) {
      installs.put(Packing.typeName(filter.config()), filter.config().toByteString());
    }
  }

  /** Whether everything in {@code message} is supported; false also if that cannot be told here. */
  boolean cover(Message message) {
    try {
      return covers(Packing.typeName(message), message.toByteString().newCodedInput());
    } catch (IOException malformed) {
      return false; // in one of its envelopes
    }
  }

  private boolean covers(String type, CodedInputStream in) throws IOException {
    @Nullable Field[] known = messages.get(type);
    if (known == null) {
      return in.isAtEnd();
    }
    while (true) {
      int tag = in.readTag();
      if (tag == 0) {
        return true;
      }
      int number = WireFormat.getTagFieldNumber(tag);
      Field field = number < known.length ? known[number] : null;
      if (field == null) {
        return false;
      }
      if (field.type == null) {
        in.skipField(tag);
        continue;
      }
      int outer = in.pushLimit(in.readRawVarint32());
      if (!(field.map ? coversEntry(field.type, in) : enter(field.type, in))) {
        return false;
      }
      in.popLimit(outer);
    }
  }

  private boolean enter(String type, CodedInputStream in) throws IOException {
    return type.equals(ANY) ? coversAny(in) : covers(type, in);
  }

  /** Of a map: the key in field 1, the value in field 2. */
  private boolean coversEntry(String type, CodedInputStream in) throws IOException {
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      if (WireFormat.getTagFieldNumber(tag) != 2) {
        in.skipField(tag);
        continue;
      }
      int outer = in.pushLimit(in.readRawVarint32());
      if (!enter(type, in)) {
        return false;
      }
      in.popLimit(outer);
    }
    return true;
  }

  private boolean coversAny(CodedInputStream in) throws IOException {
    String url = "";
    ByteString value = ByteString.EMPTY;
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      switch (WireFormat.getTagFieldNumber(tag)) {
        case 1 -> url = in.readStringRequireUtf8();
        case 2 -> value = in.readBytes();
        default -> {
          return false;
        }
      }
    }
    String type = Packing.typeName(url);
    ByteString install = installs.get(type);
    if (install != null && install.equals(value)) {
      return true;
    }
    return messages.containsKey(type) && covers(type, value.newCodedInput());
  }
}
