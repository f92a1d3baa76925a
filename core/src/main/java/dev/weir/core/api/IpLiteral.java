package dev.weir.core.api;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.regex.Pattern;

/** Recognises addresses in text; never resolves names. */
public final class IpLiteral {
  private static final Pattern V4 =
      Pattern.compile("(?:(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)(?:\\.(?!$)|$)){4}");

  private IpLiteral() {}

  /** Whether {@code text} is an IPv4 address in four decimal parts, or an IPv6 address. */
  public static boolean isAddress(String text) {
    return isV4(text) || isV6(text);
  }

  /** Whether {@code text} is an IPv4 address in the form of IPv6: {@code ::ffff:192.0.2.1}. */
  public static boolean isMappedV4(String text) {
    return isV6(text) && InetAddress.ofLiteral(text) instanceof Inet4Address;
  }

  /** Whether {@code text} is an IPv4 address in four decimal parts. */
  public static boolean isV4(String text) {
    return V4.matcher(text).matches();
  }

  /** Whether {@code text} is an IPv6 address (RFC 4291, section 2.2), without a zone. */
  public static boolean isV6(String text) {
    if (text.indexOf(':') < 0 || text.indexOf('%') >= 0 || text.indexOf('[') >= 0) {
      return false;
    }
    try {
      InetAddress ignored = InetAddress.ofLiteral(text);
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }
}
