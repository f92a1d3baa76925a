package dev.weir.core.api;

/** Recognises ranges of addresses in text, such as {@code 10.0.0.0/8}. */
public final class CidrRange {
  /** Fewer addresses would leave none between those of the network and of the broadcast. */
  private static final int LONGEST_POOL_PREFIX = 30;

  private static final int SHORTEST_POOL_PREFIX = 8;

  private CidrRange() {}

  /** Whether {@code text} is an IPv4 or IPv6 address, a slash, and a length that fits it. */
  public static boolean isRange(String text) {
    int slash = text.indexOf('/');
    if (slash < 0 || !IpLiteral.isAddress(text.substring(0, slash))) {
      return false;
    }
    int prefix = prefix(text.substring(slash + 1));
    String network = text.substring(0, slash);
    // Of an IPv4 address in the form of IPv6, the length could be meant either way.
    return !IpLiteral.isMappedV4(network)
        && prefix >= 0
        && prefix <= (IpLiteral.isV4(network) ? 32 : 128);
  }

  /** Whether it is a range of IPv4 addresses of which Gateways can be given some. */
  public static boolean isPool(String text) {
    int slash = text.indexOf('/');
    if (slash < 0 || !IpLiteral.isV4(text.substring(0, slash))) {
      return false;
    }
    int prefix = prefix(text.substring(slash + 1));
    return prefix >= SHORTEST_POOL_PREFIX && prefix <= LONGEST_POOL_PREFIX;
  }

  /** The number, or -1 if it is none of up to three digits without leading zeros. */
  private static int prefix(String digits) {
    return digits.matches("0|[1-9][0-9]{0,2}") ? Integer.parseInt(digits) : -1;
  }
}
