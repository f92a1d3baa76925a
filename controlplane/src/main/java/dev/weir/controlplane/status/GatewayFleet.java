package dev.weir.controlplane.status;

import dev.weir.controlplane.translate.Origins;
import dev.weir.core.problem.ObjectRef;
import dev.weir.core.xds.Applied.BindFailure;
import dev.weir.core.xds.ProxyState;
import dev.weir.core.xds.ResourceKey;
import dev.weir.core.xds.ResourceType;
import dev.weir.core.xds.Verdict;
import dev.weir.core.xds.XdsSnapshot;
import dev.weir.core.xds.XdsSnapshot.Resource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The proxies of one Gateway: what they are to run, and what each makes of it. */
final class GatewayFleet {
  /** Ends the name of a port's listener for QUIC. */
  static final String HTTP3 = "/http3";

  private final XdsSnapshot wanted;
  private final List<ProxyState> proxies;
  private final Map<ObjectRef, List<String>> blame = new HashMap<>();
  private final List<String> rejections = new ArrayList<>();
  private final List<String> waiting = new ArrayList<>();
  private final List<BindFailure> unbound;

  GatewayFleet(ObjectRef gateway, XdsSnapshot wanted, List<ProxyState> all) {
    this.wanted = wanted;
    this.proxies = all.stream().filter(proxy -> proxy.gateways().contains(gateway)).toList();
    Map<Rejection, TreeSet<String>> rejected = new LinkedHashMap<>();
    for (ProxyState proxy : proxies) {
      boolean answered = true;
      for (ResourceType type : ResourceType.values()) {
        for (Resource<?> resource : wanted.resources(type).values()) {
          ResourceKey key = new ResourceKey(type, resource.name());
          Verdict verdict = proxy.verdicts().get(key);
          boolean judged = verdict != null && verdict.version().equals(resource.version());
          if (judged && verdict instanceof Verdict.Rejected no) {
            rejected
                .computeIfAbsent(new Rejection(key, no.message()), r -> new TreeSet<>())
                .add(proxy.node());
          }
          // Endpoints come and go all the time, and their path is short.
          answered &= judged || type == ResourceType.CLUSTER_LOAD_ASSIGNMENT;
        }
      }
      if (!answered) {
        waiting.add(proxy.node());
      }
    }
    rejected.forEach((rejection, nodes) -> {
      String text = "%s: %s".formatted(reject(nodes), rejection.message());
      rejections.add(text);
      Origins.routes(wanted, rejection.key(), rejection.message())
          .forEach(route -> blame.computeIfAbsent(route, r -> new ArrayList<>()).add(text));
    });
    String ports = gateway + "/port/";
    this.unbound =
        proxies.stream()
            .flatMap(proxy -> proxy.unbound().stream())
            .filter(failure -> failure.listener().startsWith(ports))
            .toList();
  }

  private record Rejection(ResourceKey key, String message) {}

  boolean empty() {
    return proxies.isEmpty();
  }

  /** Whether all proxies have answered to everything. */
  boolean settled() {
    return waiting.isEmpty();
  }

  /** Which proxies have not answered to everything, by name. */
  List<String> waiting() {
    return waiting;
  }

  int proxies() {
    return proxies.size();
  }

  /** What the proxies do not use, with the reason of each. */
  List<String> rejections() {
    return rejections;
  }

  /** Of those, what a route is to blame for. */
  List<String> rejections(ObjectRef route) {
    return blame.isEmpty() ? List.of() : blame.getOrDefault(route, List.of());
  }

  /** A word for what they are to run; endpoints do not change it. */
  String version() {
    return wanted.fingerprint();
  }

  /** What the proxies make of one resource together. */
  Standing standing(ResourceType type, String name) {
    Resource<?> resource = wanted.resources(type).get(name);
    if (resource == null) {
      return new Standing.Unknown();
    }
    ResourceKey key = new ResourceKey(type, name);
    TreeSet<String> rejecting = new TreeSet<>();
    boolean runs = false;
    Verdict.@Nullable Rejected rejection = null;
    String incomplete = null;
    for (ProxyState proxy : proxies) {
      switch (proxy.verdicts().get(key)) {
        case null -> {}
        case Verdict.Accepted accepted -> runs = true;
        case Verdict.Incomplete some -> {
          runs = true;
          incomplete = some.message();
        }
        case Verdict.Rejected no -> {
          if (no.version().equals(resource.version())) {
            rejection = no;
            rejecting.add(proxy.node());
          } else {
            runs |= no.running() != null;
          }
        }
      }
    }
    if (rejection != null) {
      return new Standing.Rejected(
          "%s%s: %s"
              .formatted(
                  reject(rejecting),
                  rejection.running() == null
                      ? ""
                      : " and "
                          + (named(rejecting) ? "stays" : "stay")
                          + " with the version before",
                  rejection.message()));
    }
    return runs ? new Standing.Runs(incomplete) : new Standing.Pending();
  }

  /** Listen addresses that no proxy could bind. */
  List<BindFailure> unbound(Predicate<BindFailure> which) {
    Map<String, List<BindFailure>> places =
        unbound.stream()
            .filter(which)
            .collect(
                Collectors.groupingBy(
                    failure -> failure.listener() + " " + failure.address(),
                    LinkedHashMap::new,
                    Collectors.toList()));
    return places.values().stream()
        .filter(failures -> failures.size() == proxies.size())
        .map(List::getFirst)
        .toList();
  }

  /** Listen addresses that some proxy could not bind. */
  List<BindFailure> unbound() {
    return unbound;
  }

  private static String reject(SortedSet<String> nodes) {
    return named(nodes)
        ? (nodes.size() == 1 ? "proxy " : "proxies ")
            + String.join(", ", nodes)
            + (nodes.size() == 1 ? " rejects it" : " reject it")
        : "the proxies reject it";
  }

  /** The only proxy of a machine has no name. */
  private static boolean named(SortedSet<String> nodes) {
    return !nodes.first().isEmpty();
  }

  /** What proxies make of a resource. */
  sealed interface Standing {
    /** There is no such resource. */
    record Unknown() implements Standing {}

    /** None has it. */
    record Pending() implements Standing {}

    /**
     * Some run it, and none rejects it.
     *
     * @param incomplete the part that does not run, or null
     */
    record Runs(@Nullable String incomplete) implements Standing {}

    /** At least one does not use it. */
    record Rejected(String message) implements Standing {}
  }
}
