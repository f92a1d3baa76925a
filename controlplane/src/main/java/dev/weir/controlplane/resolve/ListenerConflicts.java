package dev.weir.controlplane.resolve;

import dev.weir.controlplane.topology.Hostname;
import dev.weir.controlplane.topology.ListenerRef;
import dev.weir.core.api.gateway.Listener;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds listeners of one gateway that cannot be told apart (Gateway {@code spec.listeners},
 * "Distinct Listeners"). Between the Gateway and its ListenerSets the one that comes first in order
 * of precedence wins. Within one object all of those lose that are left then.
 */
final class ListenerConflicts {
  private final Map<ListenerRef, Fault> conflicts = new HashMap<>();
  private final List<Contender> winners = new ArrayList<>();

  private record Contender(ListenerRef ref, String path, Listener spec, Protocol protocol) {
    Hostname hostname() {
      return Hostname.of(spec.hostname());
    }
  }

  private ListenerConflicts() {}

  /**
   * The listeners that lose, each with the reason.
   *
   * @param owners the Gateway, then its ListenerSets in order of precedence
   */
  static Map<ListenerRef, Fault> among(List<ListenerOwner> owners, RouteKinds kinds) {
    ListenerConflicts search = new ListenerConflicts();
    for (ListenerOwner owner : owners) {
      search.join(owner, kinds);
    }
    return search.conflicts;
  }

  private void join(ListenerOwner owner, RouteKinds kinds) {
    List<Contender> own = new ArrayList<>();
    for (int i = 0; i < owner.listeners().size(); i++) {
      Listener listener = owner.listeners().get(i);
      Protocol protocol = Protocol.named(listener.protocol());
      // What cannot be served anyhow is in nobody's way.
      if (protocol != null && !kinds.of(listener).isEmpty()) {
        own.add(
            new Contender(owner.ref(listener), "spec.listeners[" + i + "]", listener, protocol));
      }
    }
    // What loses to another object is in nobody's way either.
    own = left(own, winners);
    winners.addAll(left(own, own));
  }

  /** Those that none of the others is in the way of; the rest is noted as conflicts. */
  private List<Contender> left(List<Contender> contenders, List<Contender> others) {
    List<Contender> left = new ArrayList<>();
    for (Contender contender : contenders) {
      Fault fault = first(contender, others);
      if (fault == null) {
        left.add(contender);
      } else {
        conflicts.put(contender.ref, fault);
      }
    }
    return left;
  }

  private static @Nullable Fault first(Contender contender, List<Contender> others) {
    for (Contender other : others) {
      ConditionReason reason = other.equals(contender) ? null : conflict(contender, other);
      if (reason != null) {
        return Fault.error(reason, contender.path, message(contender, other, reason));
      }
    }
    return null;
  }

  private static @Nullable ConditionReason conflict(Contender one, Contender other) {
    if (one.spec.port() != other.spec.port()
        || one.protocol.transport() != other.protocol.transport()) {
      return null;
    }
    if (one.protocol.sorting() != other.protocol.sorting()) {
      return ConditionReason.PROTOCOL_CONFLICT;
    }
    return switch (one.protocol.sorting()) {
      case NONE -> ConditionReason.PROTOCOL_CONFLICT;
      case HOST, SERVER_NAME ->
          !one.hostname().equals(other.hostname())
              ? null
              : one.protocol == other.protocol
                  ? ConditionReason.HOSTNAME_CONFLICT
                  : ConditionReason.PROTOCOL_CONFLICT;
    };
  }

  private static String message(Contender contender, Contender other, ConditionReason reason) {
    // Owners of other objects need not learn more of them than that they are in the way.
    String rival =
        other.ref.owner().equals(contender.ref.owner())
            ? "listener " + other.ref.name()
            : "another listener of the gateway";
    return reason == ConditionReason.HOSTNAME_CONFLICT
        ? "%s has port %d, protocol %s and hostname %s too: change one of them"
            .formatted(rival, contender.spec.port(), contender.protocol, contender.hostname())
        : "%s uses port %d with protocol %s, which cannot share it with %s here: change the port"
            .formatted(rival, contender.spec.port(), other.protocol, contender.protocol);
  }
}
