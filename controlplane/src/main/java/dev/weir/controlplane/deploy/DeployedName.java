package dev.weir.controlplane.deploy;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Names that follow from those of Gateways, which may be longer and hold dots. */
public final class DeployedName {
  private static final String PREFIX = "weir-";

  /** The longest name of a Service, and the longest value of a label. */
  private static final int LONGEST = 63;

  private static final int HASH_BYTES = 5;

  private DeployedName() {}

  /** The name of everything that is made for a Gateway: a DNS label that begins with a letter. */
  public static String of(String gateway) {
    String name = PREFIX + gateway;
    return name.length() <= LONGEST && name.indexOf('.') < 0
        ? name
        : shortened(name.replace('.', '-'), gateway);
  }

  /** The value of the label {@code gateway.networking.k8s.io/gateway-name}. */
  public static String labelValue(String gateway) {
    return gateway.length() <= LONGEST ? gateway : shortened(gateway, gateway);
  }

  /** As much of the name as there is room for, and a hash of all of it: no two are alike. */
  private static String shortened(String name, String whole) {
    int room = LONGEST - 1 - 2 * HASH_BYTES;
    String start = name.substring(0, Math.min(name.length(), room)).replaceAll("[-.]+$", "");
    return start + "-" + hash(whole);
  }

  private static String hash(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest, 0, HASH_BYTES);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
