package dev.weir.controlplane.status;

import dev.weir.controlplane.resolve.ConditionReason;
import dev.weir.controlplane.resolve.ConditionType;
import dev.weir.controlplane.resolve.Report.GatewayReport;
import dev.weir.controlplane.resolve.Report.ListenerReport;
import dev.weir.controlplane.resolve.Statement;
import dev.weir.core.api.Condition;
import dev.weir.core.problem.ObjectRef;
import dev.weir.core.xds.Applied;
import dev.weir.core.xds.Applied.BindFailure;
import dev.weir.core.xds.ResourceType;
import dev.weir.core.xds.Verdict;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * {@code Programmed}: what the proxy's answer says of listeners and gateways. Resources have the
 * names of docs/adr/0004.
 */
final class DataPlane {
  /** Ends the name of a port's listener for QUIC. */
  private static final String HTTP3 = "/http3";

  private final @Nullable Applied applied;

  /** The view of one answer; null if there is none yet. */
  DataPlane(@Nullable Applied applied) {
    this.applied = applied;
  }

  /** Whether the proxy serves a listener. */
  Statement programmed(ListenerReport listener) {
    if (listener.unprogrammed() != null) {
      return listener.unprogrammed();
    }
    if (applied == null) {
      return pending();
    }
    String port = port(listener);
    Statement byListener = judged(applied.verdict(ResourceType.LISTENER, port));
    if (byListener.status() != Condition.Status.TRUE) {
      return byListener;
    }
    List<BindFailure> failures =
        applied.bindFailures().stream().filter(f -> f.listener().equals(port)).toList();
    if (!failures.isEmpty()) {
      return fails(ConditionReason.INVALID, text(failures));
    }
    // The routes of an HTTPS listener have a resource of their own, those of HTTP listeners one
    // for the port; streams have none.
    Verdict routes = applied.verdict(ResourceType.ROUTE_CONFIGURATION, listener.ref().toString());
    if (routes == null) {
      routes = applied.verdict(ResourceType.ROUTE_CONFIGURATION, port);
    }
    Statement served = routes == null ? byListener : judged(routes);
    String http3 = http3(port, applied);
    return http3 == null || served.status() != Condition.Status.TRUE
        ? served
        : holds(served.message() + ", but not over HTTP/3: " + http3);
  }

  /** What is in the way of HTTP/3 on a port, or null; TCP is served all the same. */
  private static @Nullable String http3(String port, Applied applied) {
    String name = port + HTTP3;
    List<BindFailure> failures =
        applied.bindFailures().stream().filter(f -> f.listener().equals(name)).toList();
    if (!failures.isEmpty()) {
      return text(failures);
    }
    return applied.verdict(ResourceType.LISTENER, name) instanceof Verdict.Rejected rejected
        ? rejected.message()
        : null;
  }

  /**
   * Whether the proxy serves a gateway, or a part of it.
   *
   * @param listeners {@code Programmed} of its listeners
   */
  Statement programmed(@Nullable Statement unprogrammed, List<Statement> listeners) {
    if (unprogrammed != null) {
      return unprogrammed;
    }
    // Listeners that are invalid by themselves do not make the gateway so.
    for (Statement listener : listeners) {
      if (listener.reason() == ConditionReason.PENDING) {
        return listener;
      }
    }
    return listeners.stream().anyMatch(l -> l.status() == Condition.Status.TRUE)
        ? holds("the proxies serve it")
        : fails(ConditionReason.INVALID, "no listener is served: see the conditions of each");
  }

  /** Why addresses of a gateway cannot be used, or null if all can. */
  @Nullable Statement unusableAddresses(GatewayReport gateway) {
    List<BindFailure> failures = failures(gateway.subject().ref());
    return failures.isEmpty() ? null : fails(ConditionReason.ADDRESS_NOT_USABLE, text(failures));
  }

  /** Whether some port of a gateway could not be bound on an address. */
  boolean unusable(ObjectRef gateway, @Nullable String address) {
    return failures(gateway).stream().anyMatch(failure -> host(failure.address()).equals(address));
  }

  private List<BindFailure> failures(ObjectRef gateway) {
    return applied == null
        ? List.of()
        : applied.bindFailures().stream()
            .filter(failure -> failure.listener().startsWith(gateway + "/port/"))
            .filter(failure -> !failure.listener().endsWith(HTTP3))
            .toList();
  }

  private static String host(String address) {
    String host = address.substring(0, Math.max(0, address.lastIndexOf(':')));
    return host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
  }

  private static Statement judged(@Nullable Verdict verdict) {
    return switch (verdict) {
      case null -> pending();
      case Verdict.Accepted accepted -> holds("the proxies serve it");
      case Verdict.Incomplete incomplete ->
          holds("the proxies serve it, but for a part: " + incomplete.message());
      case Verdict.Rejected rejected ->
          fails(
              ConditionReason.INVALID,
              "the proxies reject it%s: %s"
                  .formatted(
                      rejected.running() == null ? "" : " and stay with the version before",
                      rejected.message()));
    };
  }

  private static String port(ListenerReport listener) {
    String port = listener.gateway() + "/port/" + listener.port();
    return switch (listener.transport()) {
      case TCP -> port;
      case UDP -> port + "/udp";
    };
  }

  private static String text(List<BindFailure> failures) {
    return failures.stream()
        .map(failure -> "cannot listen on " + failure.address() + ": " + failure.message())
        .distinct()
        .collect(Collectors.joining("; "));
  }

  private static Statement pending() {
    return fails(ConditionReason.PENDING, "not yet at the proxies");
  }

  private static Statement holds(String message) {
    return Statement.holds(ConditionType.PROGRAMMED, ConditionReason.PROGRAMMED, message);
  }

  private static Statement fails(ConditionReason reason, String message) {
    return Statement.fails(ConditionType.PROGRAMMED, reason, message);
  }
}
