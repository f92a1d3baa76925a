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
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Attaches routes of all kinds to listeners. When one comes or goes, only what it is about is
 * worked out again; what it came to is the same as if all had been attached anew, the oldest first.
 */
final class Attachments {
  static final Comparator<ObjectRef> BY_NAME =
      Comparator.comparing(ObjectRef::namespace)
          .thenComparing(ObjectRef::name)
          .thenComparing(ObjectRef::kind);

  private final Namespaces namespaces;
  private final Map<ObjectRef, List<ListenerState>> byOwner = new HashMap<>();
  private final Set<ObjectRef> defaults = new LinkedHashSet<>();
  private final Map<ListenerRef, ListenerRoutes> byListener = new HashMap<>();
  private final KindConflicts kindConflicts = new KindConflicts();
  private final Map<ObjectRef, Place> places = new HashMap<>();
  private final SortedMap<ObjectRef, RouteReport> reports = new TreeMap<>(BY_NAME);
  private final SortedMap<Route, List<Fault>> faults = new TreeMap<>(Route.OLDEST_FIRST);
  private final Map<ObjectRef, SortedMap<ObjectRef, Integer>> reached = new HashMap<>();

  /** Where a route is attached, and what it asked for. */
  private record Place(Route route, Map<ListenerRef, Attachment> attached, List<Asked> asked) {
    /** The same to be kept: nothing is added any more. */
    Place settled() {
      return new Place(route, Map.copyOf(attached), List.copyOf(asked));
    }
  }

  /** What a route asked for at a listener, see {@link KindConflicts}. */
  private record Asked(ListenerRef listener, List<Host> hosts, boolean admitted) {}

  Attachments(Namespaces namespaces) {
    this.namespaces = namespaces;
  }

  /** Lets routes name {@code owner} as their parent. */
  void offer(ObjectRef owner, List<ListenerState> listeners) {
    byOwner.put(owner, listeners);
    listeners.forEach(listener -> byListener.put(listener.ref(), new ListenerRoutes(listener)));
  }

  /** Takes routes that ask for default Gateways, as if they named {@code gateway}. */
  void takeByDefault(ObjectRef gateway) {
    defaults.add(gateway);
  }

  /** Tells routes that name {@code owner} as their parent that it has nothing to offer. */
  void refuse(ObjectRef owner) {
    byOwner.put(owner, List.of());
  }

  /**
   * Attaches a route to all parents that are on offer.
   *
   * @return whether this depends on which routes are older: then all must be attached anew, in
   *     order of age, unless they are being so
   */
  boolean attach(Route route) {
    Place place = new Place(route, new LinkedHashMap<>(), new ArrayList<>());
    List<ParentReport> parents = new ArrayList<>();
    List<Fault> found = new ArrayList<>();
    boolean contested = false;
    for (int i = 0; i < route.parents().size(); i++) {
      ParentReference parent = route.parents().get(i);
      List<ListenerState> listeners = byOwner.get(ref(parent, route));
      if (listeners != null) {
        Outcome outcome = attach(place, parent, listeners, "spec.parentRefs[" + i + "]");
        contested |= outcome.contested;
        Fault fault = outcome.fault;
        if (fault != null) {
          found.add(fault);
        }
        parents.add(
            new ParentReport(
                parent,
                fault == null ? listeners.getFirst().owner().gateway() : null,
                RouteStatements.of(route.content(), fault)));
      }
    }
    if (route.defaultGateways() == DefaultScope.ALL) {
      contested |= attachByDefault(place, parents);
    }
    if (!parents.isEmpty()) {
      found.addAll(route.content().references());
      route.content().broken().forEach(rule -> found.addAll(rule.faults()));
      places.put(route.ref(), place.settled());
      reports.put(route.ref(), new RouteReport(Lookup.subject(route.object()), parents));
      if (!found.isEmpty()) {
        faults.put(route, found);
      }
    }
    return contested;
  }

  /**
   * Takes a route away, if it is there.
   *
   * @return see {@link #attach}
   */
  boolean detach(ObjectRef ref) {
    Place place = places.remove(ref);
    if (place == null) {
      return false;
    }
    boolean contested = false;
    for (Asked asked : place.asked) {
      contested |= kindConflicts.release(asked.listener, place.route, asked.hosts, asked.admitted);
    }
    place.attached.forEach((listener, attachment) -> {
      ListenerRoutes routes = at(listener);
      routes.remove(attachment);
      reach(place.route, routes.gateway(), -1);
    });
    reports.remove(ref);
    faults.remove(place.route);
    return contested;
  }

  /** Counts through which Gateways each backend can be reached. */
  private void reach(Route route, ObjectRef gateway, int change) {
    for (ObjectRef backend : route.backends()) {
      SortedMap<ObjectRef, Integer> counts =
          reached.computeIfAbsent(backend, b -> new TreeMap<>(BY_NAME));
      counts.merge(gateway, change, (one, other) -> one + other == 0 ? null : one + other);
      if (counts.isEmpty()) {
        reached.remove(backend);
      }
    }
  }

  /** The Gateways through which a backend can be reached, by namespace and name. */
  Set<ObjectRef> gatewaysOf(ObjectRef backend) {
    SortedMap<ObjectRef, Integer> counts = reached.get(backend);
    return counts == null ? Set.of() : counts.keySet();
  }

  /**
   * Attaches to the default Gateways that the route does not name itself. Of those that do not take
   * it there is nothing to say: it did not ask for them in particular.
   */
  private boolean attachByDefault(Place place, List<ParentReport> parents) {
    Route route = place.route;
    List<ObjectRef> named = route.parents().stream().map(parent -> ref(parent, route)).toList();
    boolean contested = false;
    for (ObjectRef gateway : defaults) {
      ParentReference parent =
          new ParentReference(
              gateway.group(), gateway.kind(), gateway.namespace(), gateway.name(), null, null);
      if (!named.contains(gateway)) {
        List<ListenerState> listeners = byOwner.getOrDefault(gateway, List.of());
        Outcome outcome = attach(place, parent, listeners, "spec.useDefaultGateways");
        contested |= outcome.contested;
        if (outcome.fault == null) {
          parents.add(new ParentReport(parent, gateway, RouteStatements.of(route.content(), null)));
        }
      }
    }
    return contested;
  }

  private static ObjectRef ref(ParentReference parent, Route route) {
    String namespace = parent.namespace() == null ? route.ref().namespace() : parent.namespace();
    return new ObjectRef(parent.group(), parent.kind(), namespace, parent.name());
  }

  /**
   * What came of a route at one parent.
   *
   * @param fault why it is not attached, or null if it is
   * @param contested see {@link KindConflicts.Answer}
   */
  private record Outcome(@Nullable Fault fault, boolean contested) {
    static Outcome refused(ConditionReason reason, String path, String message) {
      return new Outcome(Fault.dangling(reason, path, message), false);
    }
  }

  /** Attaches to the listeners that fit. */
  private Outcome attach(
      Place place, ParentReference parent, List<ListenerState> listeners, String path) {
    Route route = place.route;
    if (listeners.isEmpty()) {
      return Outcome.refused(
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
      return Outcome.refused(
          ConditionReason.NO_MATCHING_PARENT, path, noSuchListener(parent, listeners));
    }
    List<ListenerState> allowing = new ArrayList<>();
    for (ListenerState listener : named) {
      if (allows(listener, route)) {
        allowing.add(listener);
      }
    }
    if (allowing.isEmpty()) {
      return Outcome.refused(
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
      return Outcome.refused(
          ConditionReason.NO_MATCHING_LISTENER_HOSTNAME,
          path,
          "no hostname of the route (%s) is one of a listener (%s): change one of them"
              .formatted(
                  join(route.hostnames()),
                  join(allowing.stream().map(ListenerState::hostname).distinct().toList())));
    }
    boolean attached = false;
    boolean contested = false;
    for (Map.Entry<ListenerRef, List<Host>> at : serving.entrySet()) {
      KindConflicts.Answer answer = kindConflicts.ask(at.getKey(), route, at.getValue());
      place.asked.add(new Asked(at.getKey(), at.getValue(), answer.admitted()));
      contested |= answer.contested();
      attached |= answer.admitted();
      if (answer.admitted() && !place.attached.containsKey(at.getKey())) {
        Attachment attachment = new Attachment(route, at.getValue());
        place.attached.put(at.getKey(), attachment);
        at(at.getKey()).add(attachment);
        reach(route, at(at.getKey()).gateway(), 1);
      }
    }
    return new Outcome(
        attached
            ? null
            : Fault.error(
                ConditionReason.ROUTE_KIND_CONFLICT,
                path,
                "older routes of another kind have a hostname of this route on the same listener:"
                    + " HTTPRoute and GRPCRoute cannot share one"),
        contested);
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

  /** The routes at a listener that is on offer. */
  ListenerRoutes at(ListenerRef listener) {
    return Objects.requireNonNull(byListener.get(listener));
  }

  /** What is wrong with routes, the oldest first. */
  void findings(Problems problems) {
    faults.forEach((route, found) -> problems.addAll(route.object(), found));
  }

  /** By namespace, name and kind. */
  List<RouteReport> reports() {
    return List.copyOf(reports.values());
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
