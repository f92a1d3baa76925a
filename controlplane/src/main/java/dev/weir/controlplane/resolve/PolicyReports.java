package dev.weir.controlplane.resolve;

import dev.weir.controlplane.resolve.Report.AncestorReport;
import dev.weir.controlplane.resolve.Report.PolicyReport;
import dev.weir.controlplane.topology.GatewayTopology.Beyond;
import dev.weir.core.api.gateway.BackendTlsPolicy;
import dev.weir.core.api.gateway.ParentReference;
import dev.weir.core.problem.ObjectRef;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What to say of policies for backends: once for each Gateway through which a backend that they
 * target can be reached.
 *
 * <p>The status of a policy has room for 16 Gateways. One for which there is no room must not use
 * the policy, nor, where that is about TLS, its targets (BackendTLSPolicy {@code
 * status.ancestors}); the older Gateways come first.
 */
final class PolicyReports {
  private static final int MOST_ANCESTORS = 16;

  private final Collection<GatewayState> gateways;
  private final Attachments attachments;
  private final Problems problems;
  private final Map<ObjectRef, Set<ObjectRef>> withoutTls = new HashMap<>();
  private final Map<ObjectRef, Set<ObjectRef>> withoutTraffic = new HashMap<>();

  /**
   * For these.
   *
   * @param gateways the oldest first
   */
  PolicyReports(Collection<GatewayState> gateways, Attachments attachments, Problems problems) {
    this.gateways = gateways;
    this.attachments = attachments;
    this.problems = problems;
  }

  /** The backends of whose policies a Gateway must make no use, once {@link #of} was asked. */
  Beyond beyond(ObjectRef gateway) {
    return new Beyond(
        withoutTls.getOrDefault(gateway, Set.of()), withoutTraffic.getOrDefault(gateway, Set.of()));
  }

  List<PolicyReport> of(Collection<AttachedPolicy> policies) {
    List<PolicyReport> reports = new ArrayList<>();
    for (AttachedPolicy policy : policies) {
      if (policy.references() != null) {
        problems.addAll(policy.object(), policy.references());
      }
      problems.addAll(policy.object(), policy.refusals());
      policy.targets().values().forEach(faults -> problems.addAll(policy.object(), faults));
      SortedSet<ObjectRef> ancestors = ancestors(policy);
      reports.add(
          new PolicyReport(
              Lookup.subject(policy.object()),
              ancestors.stream()
                  .map(gateway ->
                      new AncestorReport(reference(gateway), statements(policy, gateway)))
                  .toList()));
    }
    return reports;
  }

  /** The Gateways in the status of a policy, by namespace and name. */
  private SortedSet<ObjectRef> ancestors(AttachedPolicy policy) {
    SortedSet<ObjectRef> all = new TreeSet<>(Attachments.BY_NAME);
    for (ObjectRef backend : policy.targets().keySet()) {
      all.addAll(attachments.gatewaysOf(backend));
    }
    if (all.size() <= MOST_ANCESTORS) {
      return all;
    }
    SortedSet<ObjectRef> oldest = new TreeSet<>(Attachments.BY_NAME);
    for (GatewayState gateway : gateways) {
      ObjectRef ref = gateway.object().ref();
      if (all.contains(ref) && oldest.size() < MOST_ANCESTORS) {
        oldest.add(ref);
      } else if (all.contains(ref)) {
        leaveOut(policy, gateway);
      }
    }
    return oldest;
  }

  private void leaveOut(AttachedPolicy policy, GatewayState gateway) {
    ObjectRef ref = gateway.object().ref();
    boolean tls = policy.object().type().equals(BackendTlsPolicy.TYPE);
    for (ObjectRef backend : policy.targets().keySet()) {
      if (attachments.gatewaysOf(backend).contains(ref)) {
        (tls ? withoutTls : withoutTraffic).computeIfAbsent(ref, g -> new HashSet<>()).add(backend);
        problems.add(
            gateway.object(),
            Fault.error(
                ConditionReason.INVALID,
                "",
                ("the status of %s is full with %d older Gateways, so it does not count here for"
                        + " %s%s: use fewer Gateways, or another policy for another Service")
                    .formatted(
                        policy.object().ref(),
                        MOST_ANCESTORS,
                        backend,
                        tls ? ", to which no request may pass" : "")));
      }
    }
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
