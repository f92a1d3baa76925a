package dev.weir.controlplane.translate;

import com.google.protobuf.Duration;
import com.google.protobuf.Message;
import dev.weir.core.xds.Packing;
import dev.weir.core.xds.XdsSnapshot.Resource;
import dev.weir.envoy.config.core.v3.AggregatedConfigSource;
import dev.weir.envoy.config.core.v3.ApiVersion;
import dev.weir.envoy.config.core.v3.ConfigSource;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** What all translators need of protobuf: equal input gives equal bytes. */
final class Messages {
  /** Other resources come over the stream that this one came over. */
  static final ConfigSource ADS =
      ConfigSource.newBuilder()
          .setAds(AggregatedConfigSource.getDefaultInstance())
          .setResourceApiVersion(ApiVersion.V3)
          .build();

  private static final int HASH_BYTES = 12;

  /** Copied for each hash: to have one made costs more than to hash. */
  private static final MessageDigest SHA_256 = sha256();

  private Messages() {}

  /** The resource with the hash of its content as version. */
  static <M extends Message> Resource<M> resource(String name, M message) {
    return new Resource<>(name, hash(message), message);
  }

  /** Equal for equal messages, and for no others that anybody will see. */
  static String hash(Message message) {
    return hash(message, List.of());
  }

  /** The same for a message with parts of which there are hashes already. */
  static String hash(Message rest, List<byte[]> parts) {
    MessageDigest digest = fresh();
    digest.update(Packing.bytes(rest));
    parts.forEach(digest::update);
    return HexFormat.of().formatHex(digest.digest(), 0, HASH_BYTES);
  }

  private static MessageDigest fresh() {
    try {
      return (MessageDigest) SHA_256.clone();
    } catch (CloneNotSupportedException e) {
      throw new IllegalStateException("the JDK's own can be cloned", e);
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  static Duration duration(java.time.Duration duration) {
    if (duration.isZero()) {
      return Duration.getDefaultInstance();
    }
    return Duration.newBuilder()
        .setSeconds(duration.getSeconds())
        .setNanos(duration.getNano())
        .build();
  }
}
