package dev.weir.controlplane.resolve;

import dev.weir.controlplane.topology.RequestMatch;
import dev.weir.controlplane.topology.RouteRule;
import dev.weir.controlplane.topology.RuleMatch;
import dev.weir.controlplane.topology.StreamRule;
import java.util.List;

/** What the rules of a route say. */
sealed interface RouteContent {
  /** What is wrong with references. */
  List<Fault> references();

  /** The rules that cannot be used. */
  List<BrokenRule> broken();

  /** How many rules there are, broken ones included. */
  int rules();

  /** Whether anything is left to be used. */
  default boolean usable() {
    return broken().size() < rules() || rules() == 0;
  }

  /** Rules that match requests. */
  record Http(List<RankedMatch> matches, int rules, List<BrokenRule> broken, List<Fault> references)
      implements RouteContent {
    public Http {
      matches = List.copyOf(matches);
      broken = List.copyOf(broken);
      references = List.copyOf(references);
    }
  }

  /**
   * Rules for connections or datagrams, of which there is one.
   *
   * @param rule the first
   */
  record Stream(StreamRule rule, int rules, List<BrokenRule> broken, List<Fault> references)
      implements RouteContent {
    public Stream {
      broken = List.copyOf(broken);
      references = List.copyOf(references);
    }
  }

  /** A rule that cannot be used, and why. */
  record BrokenRule(RouteRule.Ref rule, List<Fault> faults) {}

  /**
   * A match of a rule, and how specific it is.
   *
   * @param rank see {@link Alternative}
   */
  record RankedMatch(RuleMatch match, List<Integer> rank) {}

  /**
   * A match before it belongs to a rule.
   *
   * @param rank how specific it is: numbers to compare one by one, the greater first; as many for
   *     all matches of a kind of route
   */
  record Alternative(RequestMatch match, List<Integer> rank) {}
}
