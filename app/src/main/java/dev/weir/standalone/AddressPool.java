package dev.weir.standalone;

import dev.weir.core.problem.ObjectRef;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Gives addresses of an IPv4 range to those who want one of their own. An owner keeps its address
 * as long as it is there. Network and broadcast address are left out. On one thread.
 */
final class AddressPool {
  private final String cidr;
  private final int first;
  private final int size;
  private final Map<Claim, Integer> taken = new LinkedHashMap<>();

  /** One of the addresses that one owner wants. */
  record Claim(ObjectRef owner, int index) {}

  private AddressPool(String cidr, int first, int size) {
    this.cidr = cidr;
    this.first = first;
    this.size = size;
  }

  /**
   * A pool of the addresses in {@code cidr}, e.g. {@code 127.20.0.0/16}.
   *
   * @throws IllegalArgumentException if it is not an IPv4 range of at least four addresses
   */
  static AddressPool of(String cidr) {
    int slash = cidr.indexOf('/');
    try {
      int bits = Integer.parseInt(cidr.substring(slash + 1));
      InetAddress base = InetAddress.ofLiteral(cidr.substring(0, Math.max(slash, 0)));
      if (base instanceof Inet4Address && bits >= 8 && bits <= 30) {
        int mask = -1 << (32 - bits);
        return new AddressPool(cidr, number(base) & mask, 1 << (32 - bits));
      }
    } catch (IllegalArgumentException e) {
      // Said below, in words that help.
    }
    throw new IllegalArgumentException(
        "\""
            + cidr
            + "\" is not a range of IPv4 addresses between /8 and /30, as 127.20.0.0/16 is");
  }

  /** Takes addresses back from all but {@code owners}. */
  void retain(Set<ObjectRef> owners) {
    taken.keySet().removeIf(claim -> !owners.contains(claim.owner()));
  }

  /** The address for a claim; empty if all are taken. Nobody gets one of {@code reserved}. */
  Optional<String> address(Claim claim, Set<String> reserved) {
    Integer kept = taken.get(claim);
    if (kept != null) {
      return Optional.of(text(first + kept));
    }
    Set<Integer> used = new HashSet<>(taken.values());
    for (int offset = 1; offset < size - 1; offset++) {
      if (!used.contains(offset) && !reserved.contains(text(first + offset))) {
        taken.put(claim, offset);
        return Optional.of(text(first + offset));
      }
    }
    return Optional.empty();
  }

  private static int number(InetAddress address) {
    int number = 0;
    for (byte b : address.getAddress()) {
      number = (number << 8) | (b & 0xff);
    }
    return number;
  }

  private static String text(int number) {
    byte[] bytes = {
      (byte) (number >> 24), (byte) (number >> 16), (byte) (number >> 8), (byte) number
    };
    try {
      return InetAddress.getByAddress(bytes).getHostAddress();
    } catch (UnknownHostException e) {
      throw new IllegalStateException("four bytes are an IPv4 address", e);
    }
  }

  @Override
  public String toString() {
    return cidr;
  }
}
