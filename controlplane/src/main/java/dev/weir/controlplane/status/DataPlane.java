package dev.weir.controlplane.status;

import dev.weir.controlplane.resolve.ConditionReason;
import dev.weir.controlplane.resolve.ConditionType;
import dev.weir.controlplane.resolve.Report.GatewayReport;
import dev.weir.controlplane.resolve.Report.ListenerReport;
import dev.weir.controlplane.resolve.Report.RouteReport;
import dev.weir.controlplane.resolve.Statement;
import dev.weir.controlplane.status.GatewayFleet.Standing;
import dev.weir.core.api.Condition;
import dev.weir.core.problem.ObjectRef;
import dev.weir.core.xds.Applied.BindFailure;
import dev.weir.core.xds.ResourceType;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * {@code Programmed} and {@code Ready}: what the proxies' answers say of listeners, gateways and
 * routes. Resources have the names of docs/adr/0004.
 */
final class DataPlane {
  private static final String ABSENT = "no proxy of the gateway is connected";

  private static final RouteReadiness UNATTACHED = new RouteReadiness.Unattached();
  private static final RouteReadiness UNSERVED =
      new RouteReadiness.Unsettled(unready(ConditionReason.PENDING, ABSENT));
  private static final RouteReadiness RUNS =
      new RouteReadiness.Settled(
          Statement.holds(
              ConditionType.READY, ConditionReason.READY, "all proxies of the gateway run it"));
  private static final RouteReadiness AWAITED =
      new RouteReadiness.Unsettled(
          unready(ConditionReason.PENDING, "not all proxies of the gateway run it yet"));

  private final Map<ObjectRef, GatewayFleet> fleets;

  DataPlane(Fleet fleet) {
    this.fleets = fleet.byGateway();
  }

  /** Whether proxies serve a listener. */
  Statement programmed(ListenerReport listener) {
    if (listener.unprogrammed() != null) {
      return listener.unprogrammed();
    }
    GatewayFleet fleet = fleets.get(listener.gateway());
    if (fleet == null || fleet.empty()) {
      return absent();
    }
    String port = port(listener);
    Statement byListener = judged(fleet.standing(ResourceType.LISTENER, port));
    if (byListener.status() != Condition.Status.TRUE) {
      return byListener;
    }
    List<BindFailure> failures = fleet.unbound(failure -> failure.listener().equals(port));
    if (!failures.isEmpty()) {
      return fails(ConditionReason.INVALID, text(failures));
    }
    // The routes of an HTTPS listener have a resource of their own, those of HTTP listeners one
    // for the port; streams have none.
    Standing routes = fleet.standing(ResourceType.ROUTE_CONFIGURATION, listener.ref().toString());
    if (routes instanceof Standing.Unknown) {
      routes = fleet.standing(ResourceType.ROUTE_CONFIGURATION, port);
    }
    Statement served = routes instanceof Standing.Unknown ? byListener : judged(routes);
    String http3 = http3(port, fleet);
    return http3 == null || served.status() != Condition.Status.TRUE
        ? served
        : holds(served.message() + ", but not over HTTP/3: " + http3);
  }

  /** What is in the way of HTTP/3 on a port, or null; TCP is served all the same. */
  private static @Nullable String http3(String port, GatewayFleet fleet) {
    String name = port + GatewayFleet.HTTP3;
    List<BindFailure> failures = fleet.unbound(failure -> failure.listener().equals(name));
    if (!failures.isEmpty()) {
      return text(failures);
    }
    return fleet.standing(ResourceType.LISTENER, name) instanceof Standing.Rejected rejected
        ? rejected.message()
        : null;
  }

  /**
   * Whether proxies serve a gateway, or a part of it.
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
        : fails(
            ConditionReason.INVALID,
            "no listener runs as it is specified: see the conditions of each");
  }

  /**
   * Whether all proxies of a gateway run all of it.
   *
   * @param programmed the gateway's {@code Programmed}
   */
  Statement ready(ObjectRef gateway, Statement programmed) {
    GatewayFleet fleet = fleets.get(gateway);
    if (programmed.status() != Condition.Status.TRUE || fleet == null) {
      return unready(programmed.reason(), programmed.message());
    }
    if (!fleet.rejections().isEmpty()) {
      return unready(ConditionReason.INVALID, String.join("; ", fleet.rejections()));
    }
    if (!fleet.unbound().isEmpty()) {
      return unready(ConditionReason.ADDRESS_NOT_USABLE, text(fleet.unbound()));
    }
    int running = fleet.proxies() - fleet.waiting().size();
    String count =
        "%d of %d proxies run version %s".formatted(running, fleet.proxies(), fleet.version());
    return fleet.settled()
        ? Statement.holds(ConditionType.READY, ConditionReason.READY, count)
        : unready(
            ConditionReason.PENDING, count + "; not yet: " + String.join(", ", fleet.waiting()));
  }

  /**
   * Whether all proxies run a route as it is now, for each of its parents. Says nothing of numbers
   * or versions, so that a change of one route does not change what is said of the others.
   */
  List<RouteReadiness> ready(RouteReport route) {
    if (route.parents().size() == 1) {
      return List.of(ready(route.parents().getFirst().gateway(), route.subject().ref()));
    }
    return route.parents().stream()
        .map(parent -> ready(parent.gateway(), route.subject().ref()))
        .toList();
  }

  private RouteReadiness ready(@Nullable ObjectRef gateway, ObjectRef route) {
    if (gateway == null) {
      return UNATTACHED;
    }
    GatewayFleet fleet = fleets.get(gateway);
    if (fleet == null || fleet.empty()) {
      return UNSERVED;
    }
    List<String> rejections = fleet.rejections(route);
    if (!rejections.isEmpty()) {
      return new RouteReadiness.Settled(
          unready(ConditionReason.INVALID, String.join("; ", rejections)));
    }
    // Another route may be to blame for what is rejected, but this one is not there either.
    return fleet.settled() && fleet.rejections().isEmpty() ? RUNS : AWAITED;
  }

  /** {@code Ready} of a route at one parent. */
  sealed interface RouteReadiness {
    /** The parent does not take it, so that there is nothing to run. */
    record Unattached() implements RouteReadiness {}

    /** All proxies have answered. */
    record Settled(Statement statement) implements RouteReadiness {}

    /**
     * What was said before holds still, of the generation it was said of.
     *
     * @param statement what to say if nothing was said before
     */
    record Unsettled(Statement statement) implements RouteReadiness {}
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
    GatewayFleet fleet = fleets.get(gateway);
    return fleet == null
        ? List.of()
        : fleet.unbound(failure -> !failure.listener().endsWith(GatewayFleet.HTTP3));
  }

  private static String host(String address) {
    String host = address.substring(0, Math.max(0, address.lastIndexOf(':')));
    return host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
  }

  private static Statement judged(Standing standing) {
    return switch (standing) {
      case Standing.Unknown unknown -> pending();
      case Standing.Pending pending -> pending();
      case Standing.Runs(@Nullable String incomplete) ->
          holds(
              incomplete == null
                  ? "the proxies serve it"
                  : "the proxies serve it, but for a part: " + incomplete);
      case Standing.Rejected rejected -> fails(ConditionReason.INVALID, rejected.message());
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

  private static Statement absent() {
    return fails(ConditionReason.PENDING, ABSENT);
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

  private static Statement unready(ConditionReason reason, String message) {
    return Statement.fails(ConditionType.READY, reason, message);
  }
}
