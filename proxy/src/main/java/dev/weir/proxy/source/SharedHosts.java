package dev.weir.proxy.source;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.WireFormat;
import dev.weir.core.xds.Packing;
import dev.weir.envoy.config.route.v3.RouteConfiguration;
import dev.weir.envoy.config.route.v3.VirtualHost;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads what comes together so that virtual hosts of the same bytes are one object: listeners with
 * and without TLS often serve the same. They are read, compiled and kept once. For one thread.
 */
public final class SharedHosts {
  private static final int HOST =
      RouteConfiguration.VIRTUAL_HOSTS_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED;

  private final int messages;
  private final Map<Bytes, VirtualHost> hosts = new HashMap<>();

  /**
   * For messages that come together.
   *
   * @param messages how many: one alone has nothing to share, and is read as everywhere
   */
  public SharedHosts(int messages) {
    this.messages = messages;
  }

  /**
   * The bytes of a host. They have an order, so that a map finds them as fast if somebody gives
   * many hosts the same hash. What a record has by itself would be made at run time, at each start.
   */
  private record Bytes(ByteString all) implements Comparable<Bytes> {
    @Override
    public int compareTo(Bytes other) {
      return ByteString.unsignedLexicographicalComparator().compare(all, other.all);
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Bytes(ByteString bytes) && all.equals(bytes);
    }

    @Override
    public int hashCode() {
      return all.hashCode();
    }
  }

  /**
   * The message in an envelope, as by {@link Packing#unpacked}.
   *
   * @throws InvalidProtocolBufferException if it is of another type, or damaged
   */
  public <M extends Message> M unpacked(Any any, M instance) throws InvalidProtocolBufferException {
    if (messages < 2 || !(instance instanceof RouteConfiguration routes)) {
      return Packing.unpacked(any, instance);
    }
    @SuppressWarnings("unchecked") // the instance is of that type
    M message = (M) routes(any, routes);
    return message;
  }

  private RouteConfiguration routes(Any any, RouteConfiguration instance)
      throws InvalidProtocolBufferException {
    List<VirtualHost> found = new ArrayList<>();
    ByteString all = any.getValue();
    ByteString rest = ByteString.EMPTY;
    try {
      CodedInputStream in = all.newCodedInput();
      while (!in.isAtEnd()) {
        int start = in.getTotalBytesRead();
        int tag = in.readTag();
        if (tag == HOST) {
          found.add(host(in.readBytes()));
        } else if (in.skipField(tag)) {
          rest = rest.concat(all.substring(start, in.getTotalBytesRead()));
        } else {
          throw new InvalidProtocolBufferException("a group ends that did not begin");
        }
      }
    } catch (IOException e) {
      throw new InvalidProtocolBufferException(e);
    }
    Any others = any.toBuilder().setValue(rest).build();
    return Packing.unpacked(others, instance).toBuilder().addAllVirtualHosts(found).build();
  }

  private VirtualHost host(ByteString bytes) throws InvalidProtocolBufferException {
    Bytes key = new Bytes(bytes);
    VirtualHost known = hosts.get(key);
    if (known == null) {
      known = VirtualHost.parseFrom(bytes);
      hosts.put(key, known);
    }
    return known;
  }
}
