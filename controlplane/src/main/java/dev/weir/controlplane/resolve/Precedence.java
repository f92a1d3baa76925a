package dev.weir.controlplane.resolve;

import dev.weir.controlplane.resolve.RouteContent.RankedMatch;
import dev.weir.controlplane.topology.Hostname;
import dev.weir.controlplane.topology.RequestMatch;
import dev.weir.controlplane.topology.RequestMatch.PathMatch;
import java.util.Comparator;
import java.util.List;

/**
 * The order in which matches are tried (HTTPRoute {@code hostnames} and {@code rules[].matches}):
 * the most specific hostname of the route, then exact path, longest prefix, method, most headers,
 * most query parameters; then the older route, its {@code namespace/name}, and the order in the
 * route. The place of regular expressions is left to implementations: here they stand between exact
 * paths and prefixes, the longer first.
 */
final class Precedence {
  /**
   * A match of a route.
   *
   * @param named the hostname of the route by which it serves
   */
  record Entry(Route route, Hostname named, RankedMatch match) {}

  static final Comparator<Entry> ORDER =
      Comparator.comparing(Entry::named)
          .thenComparing(entry -> entry.match.rank(), Precedence::compareRanks)
          .thenComparing(entry -> entry.route.object(), Lookup.BY_AGE)
          .thenComparingInt(entry -> entry.match.match().rule().ref().index())
          .thenComparingInt(entry -> entry.match.match().index());

  private static final int EXACT = 2;
  private static final int REGEX = 1;
  private static final int PREFIX = 0;

  private Precedence() {}

  /** How specific a match of an HTTPRoute is. */
  static List<Integer> rank(RequestMatch match) {
    int method = match.method() == null ? 0 : 1;
    int headers = match.headers().size();
    int queryParams = match.queryParams().size();
    return switch (match.path()) {
      case PathMatch.Exact exact -> List.of(EXACT, 0, method, headers, queryParams);
      case PathMatch.Regex regex ->
          List.of(REGEX, regex.regex().length(), method, headers, queryParams);
      case PathMatch.Prefix prefix ->
          List.of(PREFIX, prefix.path().length(), method, headers, queryParams);
    };
  }

  private static int compareRanks(List<Integer> left, List<Integer> right) {
    for (int i = 0; i < left.size(); i++) {
      int order = right.get(i).compareTo(left.get(i));
      if (order != 0) {
        return order;
      }
    }
    return 0;
  }
}
