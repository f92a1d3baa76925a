package dev.weir.controlplane.resolve;

import dev.weir.controlplane.resolve.RouteContent.Alternative;
import dev.weir.controlplane.resolve.RouteContent.BrokenRule;
import dev.weir.controlplane.resolve.RouteContent.RankedMatch;
import dev.weir.controlplane.topology.RouteRule;
import dev.weir.controlplane.topology.RuleMatch;
import dev.weir.core.problem.ObjectRef;
import java.util.ArrayList;
import java.util.List;

/** Collects the rules of one route for HTTP or gRPC. */
final class RuleCollector {
  private final ObjectRef route;
  private final RouteProtocol protocol;
  private final List<RankedMatch> matches = new ArrayList<>();
  private final List<BrokenRule> broken = new ArrayList<>();
  private final List<Fault> references = new ArrayList<>();
  private int rules;

  RuleCollector(ObjectRef route, RouteProtocol protocol) {
    this.route = route;
    this.protocol = protocol;
  }

  /** Begins the next rule. */
  RuleFindings nextRule() {
    return new RuleFindings(route, protocol, rules++, references);
  }

  /**
   * Ends the rule that was begun last.
   *
   * @param serving the rule if it can be used
   * @param alternatives its matches, in order and none left out
   */
  void add(RouteRule.Serving serving, List<Alternative> alternatives, RuleFindings findings) {
    List<Integer> usable = new ArrayList<>();
    for (int i = 0; i < alternatives.size(); i++) {
      String flaw = Regexes.flaw(alternatives.get(i).match());
      if (flaw == null) {
        usable.add(i);
      } else {
        // Nobody can tell which requests it is about, so it is about none.
        findings.unsupported("matches[" + i + "]", flaw);
      }
    }
    RouteRule rule = serving;
    if (!findings.unsupported().isEmpty()) {
      rule = new RouteRule.Broken(serving.ref(), Statement.text(findings.unsupported()));
      broken.add(new BrokenRule(serving.ref(), findings.unsupported()));
    }
    for (int i : usable) {
      Alternative alternative = alternatives.get(i);
      matches.add(new RankedMatch(new RuleMatch(rule, i, alternative.match()), alternative.rank()));
    }
  }

  RouteContent content() {
    return new RouteContent.Http(matches, rules, broken, references);
  }
}
