package dev.weir.controlplane.resolve;

import dev.weir.controlplane.resolve.Report.GatewayReport;
import dev.weir.controlplane.resolve.Report.ListenerReport;
import dev.weir.controlplane.resolve.Report.ListenerSetReport;
import dev.weir.core.api.Condition;
import dev.weir.core.api.KubeObject;
import dev.weir.core.problem.ObjectRef;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What to say of a Gateway and of the ListenerSets that name it. */
final class GatewayReports {
  private final Attachments attachments;
  private final ListenerSets listenerSets;
  private final Problems problems;
  private final boolean countListenerSets;

  GatewayReports(
      Attachments attachments,
      ListenerSets listenerSets,
      Problems problems,
      ResolveOptions options) {
    this.attachments = attachments;
    this.listenerSets = listenerSets;
    this.problems = problems;
    this.countListenerSets = options.claims(ListenerSets.FEATURE);
  }

  GatewayReport gateway(GatewayState gateway) {
    KubeObject<?> object = gateway.object();
    problems.addAll(object, gateway.refusals());
    Fault unassigned = gateway.addresses().unassigned();
    if (unassigned != null) {
      problems.addAll(object, List.of(unassigned));
    }
    problems.addAll(object, gateway.references());
    problems.addAll(object, gateway.http3().faults());
    for (ListenerState listener : gateway.listeners()) {
      problems.addAll(listener.owner().object(), listener.faults());
    }
    List<Statement> statements = new ArrayList<>();
    Statement accepted = accepted(gateway);
    statements.add(accepted);
    Statement resolvedRefs = resolvedRefs(gateway);
    if (resolvedRefs != null) {
      statements.add(resolvedRefs);
    }
    if (gateway.insecure()) {
      statements.add(
          Statement.holds(
              ConditionType.INSECURE_FRONTEND_VALIDATION_MODE,
              ConditionReason.CONFIGURATION_CHANGED,
              "clients without a valid certificate get in: spec.tls.frontend has mode"
                  + " AllowInsecureFallback"));
    }
    return new GatewayReport(
        Lookup.subject(object),
        statements,
        unprogrammed(gateway, accepted),
        gateway.serves() ? gateway.addresses().shown() : List.of(),
        gateway.addresses().requested(),
        listeners(gateway, gateway.owners().getFirst()),
        countListenerSets ? attachedSets(gateway) : null);
  }

  private static Statement accepted(GatewayState gateway) {
    if (!gateway.refusals().isEmpty()) {
      return Statement.fails(ConditionType.ACCEPTED, gateway.refusals());
    }
    return accepted(gateway.ownListeners(), gateway.serves(), "the gateway is valid");
  }

  /** An object with listeners is accepted if some of them can serve. */
  private static Statement accepted(
      List<ListenerState> listeners, boolean serves, String acceptance) {
    List<String> invalid =
        listeners.stream()
            .filter(listener -> !listener.serves())
            .map(listener -> listener.spec().name())
            .toList();
    if (invalid.isEmpty()) {
      return Statement.holds(ConditionType.ACCEPTED, ConditionReason.ACCEPTED, acceptance);
    }
    String message =
        "not used: listener %s; see the conditions of each".formatted(String.join(", ", invalid));
    return serves
        ? Statement.holds(ConditionType.ACCEPTED, ConditionReason.LISTENERS_NOT_VALID, message)
        : Statement.fails(ConditionType.ACCEPTED, ConditionReason.LISTENERS_NOT_VALID, message);
  }

  private static @Nullable Statement resolvedRefs(GatewayState gateway) {
    if (!gateway.references().isEmpty()) {
      return Statement.fails(ConditionType.RESOLVED_REFS, gateway.references());
    }
    return gateway.clientCertificate() == null
        ? null
        : Statement.holds(
            ConditionType.RESOLVED_REFS, ConditionReason.RESOLVED_REFS, "all references are good");
  }

  private static @Nullable Statement unprogrammed(GatewayState gateway, Statement accepted) {
    Fault unassigned = gateway.addresses().unassigned();
    if (unassigned != null && gateway.refusals().isEmpty()) {
      return Statement.fails(ConditionType.PROGRAMMED, List.of(unassigned));
    }
    return gateway.serves()
        ? null
        : Statement.fails(ConditionType.PROGRAMMED, ConditionReason.INVALID, accepted.message());
  }

  private List<ListenerReport> listeners(GatewayState gateway, ListenerOwner owner) {
    String unserved = unserved(gateway);
    return gateway.listeners(owner).stream()
        .map(listener -> listener.report(attachments.at(listener.ref()).count(), unserved))
        .toList();
  }

  /** Why no listener of the gateway is served, whatever it is like itself; or null. */
  private static @Nullable String unserved(GatewayState gateway) {
    ObjectRef ref = gateway.object().ref();
    if (!gateway.refusals().isEmpty()) {
      return ref + " is not accepted: see its conditions";
    }
    return gateway.addresses().nowhere() ? ref + " has no address: see its conditions" : null;
  }

  private static int attachedSets(GatewayState gateway) {
    return (int)
        sets(gateway).stream()
            .filter(set -> gateway.refusals().isEmpty() && serves(gateway.listeners(set)))
            .count();
  }

  private static List<ListenerOwner> sets(GatewayState gateway) {
    return gateway.owners().subList(1, gateway.owners().size());
  }

  private static boolean serves(List<ListenerState> listeners) {
    return listeners.stream().anyMatch(ListenerState::serves);
  }

  List<ListenerSetReport> listenerSets(GatewayState gateway) {
    List<ListenerSetReport> reports = new ArrayList<>();
    ObjectRef ref = gateway.object().ref();
    for (ListenerOwner set : sets(gateway)) {
      List<ListenerState> listeners = gateway.listeners(set);
      Statement accepted =
          gateway.refusals().isEmpty()
              ? accepted(listeners, serves(listeners), "the listeners are added to the gateway")
              : Statement.fails(
                  ConditionType.ACCEPTED,
                  ConditionReason.PARENT_NOT_ACCEPTED,
                  "spec.parentRef: %s is not accepted: see its conditions".formatted(ref));
      reports.add(
          new ListenerSetReport(
              Lookup.subject(set.object()),
              ref,
              List.of(accepted),
              programmedLike(accepted),
              listeners(gateway, set)));
    }
    for (KubeObject<?> set : listenerSets.refused(gateway.object())) {
      Fault fault =
          Fault.dangling(
              ConditionReason.NOT_ALLOWED,
              "spec.parentRef",
              "%s takes no ListenerSets from namespace %s: see its spec.allowedListeners"
                  .formatted(ref, set.ref().namespace()));
      problems.add(set, fault);
      Statement refused = Statement.fails(ConditionType.ACCEPTED, List.of(fault));
      reports.add(
          new ListenerSetReport(
              Lookup.subject(set), ref, List.of(refused), programmedLike(refused), List.of()));
    }
    return reports;
  }

  private static @Nullable Statement programmedLike(Statement accepted) {
    return accepted.status() == Condition.Status.TRUE
        ? null
        : Statement.fails(ConditionType.PROGRAMMED, accepted.reason(), accepted.message());
  }
}
