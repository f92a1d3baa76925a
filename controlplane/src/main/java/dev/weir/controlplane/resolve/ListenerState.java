package dev.weir.controlplane.resolve;

import dev.weir.controlplane.resolve.Report.ListenerReport;
import dev.weir.controlplane.topology.GatewayTopology.Transport;
import dev.weir.controlplane.topology.Hostname;
import dev.weir.controlplane.topology.ListenerRef;
import dev.weir.controlplane.topology.TlsTermination;
import dev.weir.core.api.gateway.Listener;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A listener, looked at by itself and beside the others of its gateway.
 *
 * @param protocol null if Weir does not know it
 * @param kinds of routes that it takes
 * @param conflict why it cannot be told from another, or null if it can
 * @param refusals why it is not accepted otherwise; empty if it is
 * @param references what is wrong with references and kinds
 * @param tls how it ends TLS; null if it does not, or cannot for want of a certificate
 */
record ListenerState(
    ListenerOwner owner,
    Listener spec,
    @Nullable Protocol protocol,
    List<RouteKind<?>> kinds,
    @Nullable Fault conflict,
    List<Fault> refusals,
    List<Fault> references,
    @Nullable TlsTermination tls) {

  ListenerRef ref() {
    return owner.ref(spec);
  }

  Hostname hostname() {
    return Hostname.of(spec.hostname());
  }

  /** Whether the proxy can be told to serve it. */
  boolean serves() {
    return conflict == null && refusals.isEmpty() && (tls != null || !endsTls());
  }

  private boolean endsTls() {
    return protocol == Protocol.HTTPS
        || (protocol == Protocol.TLS
            && (spec.tls() == null || spec.tls().mode() == Listener.Mode.TERMINATE));
  }

  List<Fault> faults() {
    List<Fault> faults = new ArrayList<>(refusals);
    if (conflict != null) {
      faults.add(conflict);
    }
    faults.addAll(references);
    return faults;
  }

  /**
   * What to say of it.
   *
   * @param unserved why its gateway serves nothing, whatever the listeners are like, or null
   */
  ListenerReport report(int attachedRoutes, @Nullable String unserved) {
    return new ListenerReport(
        ref(),
        owner.gateway(),
        spec.port(),
        protocol == null ? Transport.TCP : protocol.transport(),
        kinds.stream().map(RouteKinds::groupKind).toList(),
        attachedRoutes,
        List.of(accepted(), conflicted(), resolvedRefs()),
        serves() && unserved != null
            ? Statement.fails(ConditionType.PROGRAMMED, ConditionReason.INVALID, unserved)
            : unprogrammed());
  }

  private Statement accepted() {
    if (conflict != null) {
      return Statement.fails(ConditionType.ACCEPTED, List.of(conflict));
    }
    return refusals.isEmpty()
        ? Statement.holds(ConditionType.ACCEPTED, ConditionReason.ACCEPTED, "the listener is valid")
        : Statement.fails(ConditionType.ACCEPTED, refusals);
  }

  private Statement conflicted() {
    return conflict == null
        ? Statement.fails(
            ConditionType.CONFLICTED,
            ConditionReason.NO_CONFLICTS,
            "no other listener is in its way")
        : Statement.holds(ConditionType.CONFLICTED, conflict.reason(), conflict.text());
  }

  private Statement resolvedRefs() {
    return references.isEmpty()
        ? Statement.holds(
            ConditionType.RESOLVED_REFS, ConditionReason.RESOLVED_REFS, "all references are good")
        : Statement.fails(ConditionType.RESOLVED_REFS, references);
  }

  private @Nullable Statement unprogrammed() {
    if (conflict != null) {
      return Statement.fails(ConditionType.PROGRAMMED, List.of(conflict));
    }
    if (serves()) {
      return null;
    }
    return Statement.fails(
        ConditionType.PROGRAMMED,
        ConditionReason.INVALID,
        Statement.text(refusals.isEmpty() ? references : refusals));
  }
}
