package dev.weir.addresses;

import dev.weir.core.api.IpLiteral;
import dev.weir.core.problem.ObjectRef;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Gives addresses of an IPv4 range to those who want one of their own. An owner keeps its address
 * as long as it is there. Network and broadcast address are left out. On one thread.
 */
public final class AddressPool {
  private static final Pattern RANGE = Pattern.compile("([0-9]+(?:\\.[0-9]+){3})/([0-9]{1,2})");

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
  public static AddressPool of(String cidr) {
    Matcher range = RANGE.matcher(cidr);
    if (range.matches() && IpLiteral.isAddress(range.group(1))) {
      int bits = Integer.parseInt(range.group(2));
      if (bits >= 8 && bits <= 30) {
        int base = number(InetAddress.ofLiteral(range.group(1)));
        return new AddressPool(cidr, base & (-1 << (32 - bits)), 1 << (32 - bits));
      }
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

  /**
   * Gives an address back to who had it before this process began; does nothing if the claim has
   * one, or the address is not of this pool or is taken.
   */
  void restore(Claim claim, String address) {
    if (taken.containsKey(claim) || !IpLiteral.isAddress(address) || address.contains(":")) {
      return;
    }
    int offset = number(InetAddress.ofLiteral(address)) - first;
    if (offset > 0 && offset < size - 1 && !taken.containsValue(offset)) {
      taken.put(claim, offset);
    }
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
