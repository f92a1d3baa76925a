package dev.weir.controlplane.resolve;

import dev.weir.controlplane.resolve.BackendTlsPolicies.Policy;
import dev.weir.controlplane.resolve.Report.ParentReport;
import dev.weir.controlplane.resolve.Report.PolicyReport;
import dev.weir.core.api.gateway.ParentReference;
import dev.weir.core.problem.ObjectRef;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * What to say of BackendTLSPolicies: once for each Gateway through which a Service that they target
 * can be reached.
 */
final class PolicyReports {
  /** The API allows no more in a status. */
  private static final int MOST_ANCESTORS = 16;

  private static final Comparator<ObjectRef> BY_NAME =
      Comparator.comparing(ObjectRef::namespace).thenComparing(ObjectRef::name);

  private final Collection<GatewayState> gateways;
  private final Attachments attachments;
  private final KnownContents contents;
  private final Problems problems;

  PolicyReports(
      Collection<GatewayState> gateways,
      Attachments attachments,
      KnownContents contents,
      Problems problems) {
    this.gateways = gateways;
    this.attachments = attachments;
    this.contents = contents;
    this.problems = problems;
  }

  /** The Gateways through which each Service can be reached. */
  private Map<ObjectRef, TreeSet<ObjectRef>> gatewaysOfServices() {
    Map<ObjectRef, TreeSet<ObjectRef>> gatewaysOfService = new HashMap<>();
    for (GatewayState gateway : gateways) {
      for (ListenerState listener : gateway.listeners()) {
        for (Attachment attachment : attachments.at(listener.ref())) {
          for (ObjectRef service : contents.servicesOf(attachment.route().ref())) {
            gatewaysOfService
                .computeIfAbsent(service, s -> new TreeSet<>(BY_NAME))
                .add(gateway.object().ref());
          }
        }
      }
    }
    return gatewaysOfService;
  }

  List<PolicyReport> of(Collection<Policy> policies) {
    if (policies.isEmpty()) {
      return List.of();
    }
    Map<ObjectRef, TreeSet<ObjectRef>> gatewaysOfService = gatewaysOfServices();
    List<PolicyReport> reports = new ArrayList<>();
    for (Policy policy : policies) {
      problems.addAll(policy.object(), policy.refusals());
      problems.addAll(policy.object(), policy.demand().faults());
      TreeSet<ObjectRef> ancestors = new TreeSet<>(BY_NAME);
      for (ObjectRef service : policy.services()) {
        ancestors.addAll(gatewaysOfService.getOrDefault(service, new TreeSet<>(BY_NAME)));
      }
      List<Statement> statements = statements(policy);
      reports.add(
          new PolicyReport(
              Lookup.subject(policy.object()),
              ancestors.stream()
                  .limit(MOST_ANCESTORS)
                  .map(gateway -> new ParentReport(reference(gateway), statements))
                  .toList()));
    }
    return reports;
  }

  private static List<Statement> statements(Policy policy) {
    List<Fault> refusals = new ArrayList<>(policy.refusals());
    refusals.addAll(policy.demand().refusals());
    List<Fault> references = policy.demand().references();
    return List.of(
        refusals.isEmpty()
            ? Statement.holds(
                ConditionType.ACCEPTED,
                ConditionReason.ACCEPTED,
                "the policy holds for its targets")
            : Statement.fails(ConditionType.ACCEPTED, refusals),
        references.isEmpty()
            ? Statement.holds(
                ConditionType.RESOLVED_REFS,
                ConditionReason.RESOLVED_REFS,
                "all references are good")
            : Statement.fails(ConditionType.RESOLVED_REFS, references));
  }

  private static ParentReference reference(ObjectRef gateway) {
    return new ParentReference(
        gateway.group(), gateway.kind(), gateway.namespace(), gateway.name(), null, null);
  }
}
