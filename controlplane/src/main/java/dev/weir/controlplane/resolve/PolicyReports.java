package dev.weir.controlplane.resolve;

import dev.weir.controlplane.resolve.Report.AncestorReport;
import dev.weir.controlplane.resolve.Report.PolicyReport;
import dev.weir.core.api.gateway.ParentReference;
import dev.weir.core.problem.ObjectRef;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;

/**
 * What to say of policies for backends: once for each Gateway through which a backend that they
 * target can be reached.
 */
final class PolicyReports {
  /** The API allows no more in a status. */
  private static final int MOST_ANCESTORS = 16;

  private static final Comparator<ObjectRef> BY_NAME =
      Comparator.comparing(ObjectRef::namespace).thenComparing(ObjectRef::name);

  private final Attachments attachments;
  private final Problems problems;

  PolicyReports(Attachments attachments, Problems problems) {
    this.attachments = attachments;
    this.problems = problems;
  }

  List<PolicyReport> of(Collection<AttachedPolicy> policies) {
    List<PolicyReport> reports = new ArrayList<>();
    for (AttachedPolicy policy : policies) {
      if (policy.references() != null) {
        problems.addAll(policy.object(), policy.references());
      }
      problems.addAll(policy.object(), policy.refusals());
      policy.targets().values().forEach(faults -> problems.addAll(policy.object(), faults));
      TreeSet<ObjectRef> ancestors = new TreeSet<>(BY_NAME);
      for (ObjectRef backend : policy.targets().keySet()) {
        ancestors.addAll(attachments.gatewaysOf(backend));
      }
      reports.add(
          new PolicyReport(
              Lookup.subject(policy.object()),
              ancestors.stream()
                  .limit(MOST_ANCESTORS)
                  .map(gateway ->
                      new AncestorReport(reference(gateway), statements(policy, gateway)))
                  .toList()));
    }
    return reports;
  }

  /** What the policy is for the targets that the Gateway reaches. */
  private List<Statement> statements(AttachedPolicy policy, ObjectRef gateway) {
    List<Fault> refusals = new ArrayList<>(policy.refusals());
    policy
        .targets()
        .forEach((backend, faults) -> {
          if (attachments.gatewaysOf(backend).contains(gateway)) {
            refusals.addAll(faults);
          }
        });
    List<Statement> statements = new ArrayList<>();
    statements.add(
        refusals.isEmpty()
            ? Statement.holds(
                ConditionType.ACCEPTED,
                ConditionReason.ACCEPTED,
                "the policy holds for its targets")
            : Statement.fails(ConditionType.ACCEPTED, refusals));
    List<Fault> references = policy.references();
    if (references != null) {
      statements.add(
          references.isEmpty()
              ? Statement.holds(
                  ConditionType.RESOLVED_REFS,
                  ConditionReason.RESOLVED_REFS,
                  "all references are good")
              : Statement.fails(ConditionType.RESOLVED_REFS, references));
    }
    return statements;
  }

  private static ParentReference reference(ObjectRef gateway) {
    return new ParentReference(
        gateway.group(), gateway.kind(), gateway.namespace(), gateway.name(), null, null);
  }
}
