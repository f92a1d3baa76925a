package dev.weir.proxy.plan;

import io.netty.util.NetUtil;

/**
 * A range of IP addresses in CIDR notation.
 *
 * @param network first address of the range, 4 or 16 bytes
 * @param prefixBits how many leading bits an address has in common with {@code network}
 */
@SuppressWarnings("ArrayRecordComponent") // compared nowhere
public record AddressRange(byte[] network, int prefixBits) {
  public AddressRange {
    if (prefixBits < 0 || prefixBits > network.length * 8) {
      throw new IllegalArgumentException(
          "a prefix of " + prefixBits + " bits does not fit an address of " + network.length * 8);
    }
  }

  /**
   * The range that {@code text} describes: {@code 10.0.0.0/8}, or one address without a slash.
   *
   * @throws IllegalArgumentException if it describes none
   */
  public static AddressRange parse(String text) {
    int slash = text.indexOf('/');
    byte[] network =
        NetUtil.createByteArrayFromIpAddressString(slash < 0 ? text : text.substring(0, slash));
    if (network == null) {
      throw new IllegalArgumentException("\"" + text + "\" is no IP address or range of them");
    }
    if (slash < 0) {
      return new AddressRange(network, network.length * 8);
    }
    try {
      return new AddressRange(network, Integer.parseInt(text.substring(slash + 1)));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("\"" + text + "\" has no number after the slash", e);
    }
  }

  /** Whether the address of 4 or 16 bytes is in the range. */
  public boolean contains(byte[] address) {
    if (address.length != network.length) {
      return false;
    }
    int whole = prefixBits / 8;
    for (int i = 0; i < whole; i++) {
      if (address[i] != network[i]) {
        return false;
      }
    }
    int rest = prefixBits % 8;
    return rest == 0 || ((address[whole] ^ network[whole]) & 0xff) >>> (8 - rest) == 0;
  }
}
