package dev.weir.controlplane.resolve;

import dev.weir.controlplane.resolve.Attachment.Host;
import dev.weir.controlplane.resolve.Report.ParentReport;
import dev.weir.controlplane.resolve.Report.RouteReport;
import dev.weir.controlplane.topology.Hostname;
import dev.weir.controlplane.topology.ListenerRef;
import dev.weir.core.api.gateway.DefaultScope;
import dev.weir.core.api.gateway.ParentReference;
import dev.weir.core.problem.ObjectRef;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Attaches routes of all kinds to listeners, the oldest route first. */
final class Attachments {
  private final Namespaces namespaces;
  private final Problems problems;
  private final Map<ObjectRef, List<ListenerState>> byOwner = new HashMap<>();
  private final Set<ObjectRef> defaults = new LinkedHashSet<>();
  private final Map<ListenerRef, Map<ObjectRef, Attachment>> attached = new HashMap<>();
  private final KindConflicts kindConflicts = new KindConflicts();
  private final List<RouteReport> reports = new ArrayList<>();

  Attachments(Namespaces namespaces, Problems problems) {
    this.namespaces = namespaces;
    this.problems = problems;
  }

  /** Lets routes name {@code owner} as their parent. */
  void offer(ObjectRef owner, List<ListenerState> listeners) {
    byOwner.put(owner, listeners);
  }

  /** Takes routes that ask for default Gateways, as if they named {@code gateway}. */
  void takeByDefault(ObjectRef gateway) {
    defaults.add(gateway);
  }

  /** Tells routes that name {@code owner} as their parent that it has nothing to offer. */
  void refuse(ObjectRef owner) {
    byOwner.put(owner, List.of());
  }

  /** Attaches a route to all parents that are on offer. Routes must come in order of age. */
  void attach(Route route) {
    List<ParentReport> parents = new ArrayList<>();
    for (int i = 0; i < route.parents().size(); i++) {
      ParentReference parent = route.parents().get(i);
      List<ListenerState> listeners = byOwner.get(ref(parent, route));
      if (listeners != null) {
        Fault fault = attach(route, parent, listeners, "spec.parentRefs[" + i + "]");
        if (fault != null) {
          problems.add(route.object(), fault);
        }
        parents.add(
            new ParentReport(
                parent,
                fault == null ? listeners.getFirst().owner().gateway() : null,
                RouteStatements.of(route.content(), fault)));
      }
    }
    if (route.defaultGateways() == DefaultScope.ALL) {
      attachByDefault(route, parents);
    }
    if (!parents.isEmpty()) {
      problems.addAll(route.object(), route.content().references());
      route.content().broken().forEach(rule -> problems.addAll(route.object(), rule.faults()));
      reports.add(new RouteReport(Lookup.subject(route.object()), parents));
    }
  }

  /**
   * Attaches to the default Gateways that the route does not name itself. Of those that do not take
   * it there is nothing to say: it did not ask for them in particular.
   */
  private void attachByDefault(Route route, List<ParentReport> parents) {
    List<ObjectRef> named = route.parents().stream().map(parent -> ref(parent, route)).toList();
    for (ObjectRef gateway : defaults) {
      ParentReference parent =
          new ParentReference(
              gateway.group(), gateway.kind(), gateway.namespace(), gateway.name(), null, null);
      if (!named.contains(gateway)
          && attach(
                  route,
                  parent,
                  byOwner.getOrDefault(gateway, List.of()),
                  "spec.useDefaultGateways")
              == null) {
        parents.add(new ParentReport(parent, gateway, RouteStatements.of(route.content(), null)));
      }
    }
  }

  private static ObjectRef ref(ParentReference parent, Route route) {
    String namespace = parent.namespace() == null ? route.ref().namespace() : parent.namespace();
    return new ObjectRef(parent.group(), parent.kind(), namespace, parent.name());
  }

  /** Attaches to the listeners that fit; a fault if there are none. */
  private @Nullable Fault attach(
      Route route, ParentReference parent, List<ListenerState> listeners, String path) {
    if (listeners.isEmpty()) {
      return Fault.dangling(
          ConditionReason.NO_MATCHING_PARENT,
          path,
          "the %s adds no listeners to a Gateway: see its conditions".formatted(parent.kind()));
    }
    List<ListenerState> named = new ArrayList<>();
    for (ListenerState listener : listeners) {
      if (names(parent, listener)) {
        named.add(listener);
      }
    }
    if (named.isEmpty()) {
      return Fault.dangling(
          ConditionReason.NO_MATCHING_PARENT, path, noSuchListener(parent, listeners));
    }
    List<ListenerState> allowing = new ArrayList<>();
    for (ListenerState listener : named) {
      if (allows(listener, route)) {
        allowing.add(listener);
      }
    }
    if (allowing.isEmpty()) {
      return Fault.dangling(
          ConditionReason.NOT_ALLOWED_BY_LISTENERS, path, notAllowed(parent, route, named));
    }
    Map<ListenerRef, List<Host>> serving = new LinkedHashMap<>();
    for (ListenerState listener : allowing) {
      List<Host> hosts = Attachment.hosts(listener.hostname(), route);
      if (!hosts.isEmpty()) {
        serving.put(listener.ref(), hosts);
      }
    }
    if (serving.isEmpty()) {
      return Fault.dangling(
          ConditionReason.NO_MATCHING_LISTENER_HOSTNAME,
          path,
          "no hostname of the route (%s) is one of a listener (%s): change one of them"
              .formatted(
                  join(route.hostnames()),
                  join(allowing.stream().map(ListenerState::hostname).distinct().toList())));
    }
    serving
        .entrySet()
        .removeIf(entry -> !kindConflicts.admit(entry.getKey(), route, entry.getValue()));
    if (serving.isEmpty()) {
      return Fault.error(
          ConditionReason.ROUTE_KIND_CONFLICT,
          path,
          "older routes of another kind have a hostname of this route on the same listener:"
              + " HTTPRoute and GRPCRoute cannot share one");
    }
    serving.forEach((listener, hosts) ->
        attached
            .computeIfAbsent(listener, l -> new LinkedHashMap<>())
            .put(route.ref(), new Attachment(route, hosts)));
    return null;
  }

  private static boolean names(ParentReference parent, ListenerState listener) {
    return (parent.sectionName() == null || parent.sectionName().equals(listener.spec().name()))
        && (parent.port() == null || parent.port() == listener.spec().port());
  }

  private boolean allows(ListenerState listener, Route route) {
    return listener.kinds().contains(route.kind())
        && namespaces.allow(
            listener.spec().allowedRoutes().namespaces(),
            listener.owner().object().ref().namespace(),
            route.ref().namespace());
  }

  /** How many accepted routes are attached to a listener. */
  int count(ListenerRef listener) {
    return (int) at(listener).stream().filter(at -> at.route().content().usable()).count();
  }

  /**
   * The routes at a listener, oldest first. Those of which no rule can be used are among them: what
   * they match is answered 500, it does not fall to broader rules.
   */
  Collection<Attachment> at(ListenerRef listener) {
    return attached.getOrDefault(listener, Map.of()).values();
  }

  List<RouteReport> reports() {
    return reports.stream()
        .sorted(
            Comparator.comparing((RouteReport report) -> report.subject().ref().namespace())
                .thenComparing(report -> report.subject().ref().name())
                .thenComparing(report -> report.subject().ref().kind()))
        .toList();
  }

  private static String noSuchListener(ParentReference parent, List<ListenerState> listeners) {
    StringBuilder wanted = new StringBuilder("no listener of the ").append(parent.kind());
    if (parent.sectionName() != null) {
      wanted.append(" is named ").append(parent.sectionName());
    }
    if (parent.port() != null) {
      wanted.append(parent.sectionName() == null ? " has" : " and has");
      wanted.append(" port ").append(parent.port());
    }
    String there =
        String.join(
            ", ",
            listeners.stream().map(l -> l.spec().name() + " (" + l.spec().port() + ")").toList());
    return wanted.append("; there are: ").append(there).toString();
  }

  private String notAllowed(ParentReference parent, Route route, List<ListenerState> named) {
    boolean kind = named.stream().noneMatch(listener -> listener.kinds().contains(route.kind()));
    return kind
        ? "no listener of the %s takes routes of kind %s: see its protocol and allowedRoutes.kinds"
            .formatted(parent.kind(), route.kind().name())
        : "no listener of the %s takes routes of kind %s from namespace %s: see its allowedRoutes"
            .formatted(parent.kind(), route.kind().name(), route.ref().namespace());
  }

  private static String join(Collection<Hostname> hostnames) {
    return String.join(", ", hostnames.stream().map(Hostname::text).toList());
  }
}
