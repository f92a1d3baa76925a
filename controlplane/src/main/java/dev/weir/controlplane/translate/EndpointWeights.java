package dev.weir.controlplane.translate;

import dev.weir.core.api.weir.Backend.Endpoint;
import dev.weir.core.api.weir.Backend.Group;
import java.math.BigInteger;
import java.util.List;

/**
 * The weights of endpoints among all of their priority. In a Backend a group has a weight, and an
 * endpoint one within its group; Envoy's endpoints of one priority are weighed together, so each
 * gets {@code group weight × endpoint weight / sum of the group's endpoint weights}, brought to
 * whole numbers.
 */
final class EndpointWeights {
  /** Envoy wants the sum of a priority to be below 2³², and 64 groups of 1000 endpoints fit. */
  private static final BigInteger LARGEST = BigInteger.valueOf(65_536);

  private EndpointWeights() {}

  /**
   * The weights of the endpoints of a group, in their order.
   *
   * @param all the groups of the Backend
   */
  static List<Integer> of(Group group, List<Group> all) {
    List<Group> peers = all.stream().filter(other -> other.priority() == group.priority()).toList();
    if (peers.size() == 1) {
      return group.endpoints().stream().map(Endpoint::weight).toList();
    }
    BigInteger common = BigInteger.ONE; // a multiple of the sums of all groups
    for (Group peer : peers) {
      common = common.multiply(sum(peer)).divide(common.gcd(sum(peer)));
    }
    BigInteger divisor = BigInteger.ZERO;
    BigInteger largest = BigInteger.ONE;
    for (Group peer : peers) {
      for (Endpoint endpoint : peer.endpoints()) {
        BigInteger weight = exact(peer, endpoint, common);
        divisor = divisor.gcd(weight);
        largest = largest.max(weight);
      }
    }
    BigInteger exactDivisor = divisor;
    BigInteger limit = largest.divide(divisor).max(LARGEST);
    BigInteger multiplier = common;
    return group.endpoints().stream()
        .map(endpoint -> exact(group, endpoint, multiplier).divide(exactDivisor))
        .map(weight -> weight.multiply(LARGEST).divide(limit).max(BigInteger.ONE).intValueExact())
        .toList();
  }

  private static BigInteger exact(Group group, Endpoint endpoint, BigInteger common) {
    return common
        .divide(sum(group))
        .multiply(BigInteger.valueOf(group.weight()))
        .multiply(BigInteger.valueOf(endpoint.weight()));
  }

  private static BigInteger sum(Group group) {
    return BigInteger.valueOf(group.endpoints().stream().mapToLong(Endpoint::weight).sum());
  }
}
