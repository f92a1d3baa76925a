package dev.weir.controlplane.resolve;

import dev.weir.controlplane.topology.RuleMatch;
import java.util.List;

/**
 * What the rules of a route say.
 *
 * @param matches of all rules, in order of precedence
 * @param rules how many rules there are
 * @param broken for each rule that cannot be used, why
 * @param references what is wrong with references
 */
record RouteContent(
    List<RankedMatch> matches, int rules, List<BrokenRule> broken, List<Fault> references) {

  /**
   * A match and how specific it is.
   *
   * @param rank numbers to compare one by one, the greater first; as many for all matches of a kind
   *     of route
   */
  record RankedMatch(RuleMatch match, List<Integer> rank) {}

  /** A rule that cannot be used. */
  record BrokenRule(int index, List<Fault> faults) {}

  boolean usable() {
    return broken.size() < rules || rules == 0;
  }
}
