package dev.weir.controlplane.resolve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.controlplane.topology.AttachedListener;
import dev.weir.controlplane.topology.AttachedListener.HttpListener;
import dev.weir.controlplane.topology.HostRoutes;
import dev.weir.controlplane.topology.RuleMatch;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * Which match serves a request, compared with the text of the API read literally: choose the
 * listener by the most specific hostname, then sort all matches of its routes for the host, then
 * take the first that fits.
 */
class RoutingFuzzTest {
  private static final List<String> NAMES =
      List.of("", "*.com", "*.a.com", "*.b.a.com", "a.com", "b.a.com", "c.b.a.com", "x.org");
  private static final List<String> HOSTS =
      List.of("a.com", "b.a.com", "c.b.a.com", "d.b.a.com", "z.com", "x.org", "y.org");
  private static final List<String> PATHS = List.of("/", "/p", "/p/q", "/p/q/r", "/pq");

  /** A route: hostnames, age in days, and the matches of its rules. */
  record TestRoute(String name, List<String> hostnames, int day, List<List<TestMatch>> rules) {
    String yaml() {
      String rulesYaml =
          rules.stream()
              .map(matches ->
                  "  - matches: [%s]\n"
                      .formatted(
                          matches.stream().map(TestMatch::yaml).collect(Collectors.joining(", "))))
              .collect(Collectors.joining());
      return """
      ---
      apiVersion: gateway.networking.k8s.io/v1
      kind: HTTPRoute
      metadata: {namespace: demo, name: %s, creationTimestamp: "2025-01-0%dT00:00:00Z"}
      spec:
        parentRefs: [{name: gateway}]
        hostnames: [%s]
        rules:
      %s\
      """
          .formatted(name, day, quoted(hostnames), rulesYaml);
    }
  }

  record TestMatch(boolean exact, String path, boolean method, int headers, int params) {
    String yaml() {
      return "{path: {type: %s, value: %s}%s, headers: [%s], queryParams: [%s]}"
          .formatted(
              exact ? "Exact" : "PathPrefix",
              path,
              method ? ", method: GET" : "",
              numbered(headers),
              numbered(params));
    }

    private static String numbered(int count) {
      return IntStream.range(0, count)
          .mapToObj(i -> "{name: n%d, value: v}".formatted(i))
          .collect(Collectors.joining(", "));
    }

    boolean fits(Request request) {
      boolean pathFits =
          exact
              ? request.path.equals(path)
              : path.equals("/")
                  || request.path.equals(path)
                  || request.path.startsWith(path + "/");
      return pathFits
          && (!method || request.get)
          && headers <= request.headers
          && params <= request.params;
    }
  }

  record Request(String host, String path, boolean get, int headers, int params) {}

  /** A match with all that the API's order looks at. */
  private record Candidate(TestRoute route, String hostname, int rule, int index, TestMatch match) {
    String id() {
      return "HTTPRoute/demo/%s/rule/%d/match/%d".formatted(route.name, rule, index);
    }
  }

  private static final Comparator<Candidate> LITERAL_ORDER =
      Comparator.comparingInt((Candidate c) -> c.hostname.startsWith("*") ? 0 : c.hostname.length())
          .thenComparingInt(c -> c.hostname.length())
          .thenComparing(c -> c.match.exact)
          .thenComparingInt(c -> c.match.exact ? 0 : c.match.path.length())
          .thenComparing(c -> c.match.method)
          .thenComparingInt(c -> c.match.headers)
          .thenComparingInt(c -> c.match.params)
          .reversed()
          .thenComparingInt(c -> c.route.day)
          .thenComparing(c -> "demo/" + c.route.name)
          .thenComparingInt(c -> c.rule)
          .thenComparingInt(c -> c.index);

  @Test
  void servesAsTheTextSays() {
    for (int seed = 0; seed < 300; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      List<String> listeners = some(random, 1, 4, NAMES);
      List<TestRoute> routes = routes(random);
      List<AttachedListener> resolved = resolve(listeners, routes);

      for (Request request : listOf(random, 8, 8, () -> request(random))) {
        assertThat(actual(resolved, routes, request))
            .as("seed %s: %s at %s with %s", seed, request, listeners, routes)
            .isEqualTo(expected(listeners, routes, request));
      }
    }
  }

  private static List<AttachedListener> resolve(List<String> listeners, List<TestRoute> routes) {
    StringBuilder yaml =
        new StringBuilder(
            """
            apiVersion: gateway.networking.k8s.io/v1
            kind: GatewayClass
            metadata: {name: weir}
            spec: {controllerName: weir.dev/gateway-controller}
            ---
            apiVersion: gateway.networking.k8s.io/v1
            kind: Gateway
            metadata: {namespace: demo, name: gateway}
            spec:
              gatewayClassName: weir
              listeners:
            """);
    for (int i = 0; i < listeners.size(); i++) {
      String hostname = listeners.get(i).isEmpty() ? "" : ", hostname: '" + listeners.get(i) + "'";
      yaml.append("  - {name: l%d, port: 80, protocol: HTTP%s}\n".formatted(i, hostname));
    }
    routes.forEach(route -> yaml.append(route.yaml()));
    return new Resolver()
        .resolve(States.of(yaml.toString()), States.options("HTTPRoute"))
        .topology()
        .gateways()
        .getFirst()
        .ports()
        .getFirst()
        .listeners();
  }

  /** What a proxy does with the topology: most specific hostname, first match that fits. */
  private static Optional<String> actual(
      List<AttachedListener> listeners, List<TestRoute> routes, Request request) {
    Map<String, List<RuleMatch>> hosts =
        listeners.stream()
            .flatMap(listener -> ((HttpListener) listener).hosts().stream())
            .collect(Collectors.toMap(host -> host.hostname().text(), HostRoutes::matches));
    return hosts.keySet().stream()
        .filter(name -> matches(name.equals("*") ? "" : name, request.host))
        .max(Comparator.comparingInt(name -> name.startsWith("*") ? name.length() : 1000))
        .flatMap(name ->
            hosts.getOrDefault(name, List.of()).stream()
                .filter(match -> match(routes, match).fits(request))
                .map(RuleMatch::toString)
                .findFirst());
  }

  private static TestMatch match(List<TestRoute> routes, RuleMatch match) {
    TestRoute route =
        routes.stream()
            .filter(candidate -> candidate.name.equals(match.rule().ref().route().name()))
            .findFirst()
            .orElseThrow();
    return route.rules.get(match.rule().ref().index()).get(match.index());
  }

  private static Optional<String> expected(
      List<String> listeners, List<TestRoute> routes, Request request) {
    Optional<String> listener =
        listeners.stream()
            .filter(name -> matches(name, request.host))
            .max(
                Comparator.comparingInt(
                    name -> name.startsWith("*") || name.isEmpty() ? name.length() : 1000));
    if (listener.isEmpty()) {
      return Optional.empty();
    }
    List<Candidate> candidates = new ArrayList<>();
    for (TestRoute route : routes) {
      List<String> names = route.hostnames.isEmpty() ? List.of("") : route.hostnames;
      for (String name : names) {
        if (matches(name, request.host)) {
          for (int rule = 0; rule < route.rules.size(); rule++) {
            for (int index = 0; index < route.rules.get(rule).size(); index++) {
              candidates.add(
                  new Candidate(route, name, rule, index, route.rules.get(rule).get(index)));
            }
          }
        }
      }
    }
    return candidates.stream()
        .sorted(LITERAL_ORDER)
        .filter(candidate -> candidate.match.fits(request))
        .map(Candidate::id)
        .findFirst();
  }

  private static boolean matches(String name, String host) {
    return name.isEmpty()
        || name.equals(host)
        || (name.startsWith("*") && host.endsWith(name.substring(1)));
  }

  private static String quoted(List<String> names) {
    return names.stream().map(name -> "'" + name + "'").collect(Collectors.joining(", "));
  }

  // --- inputs ----------------------------------------------------------------------------------

  private static <T> T pick(SplittableRandom random, List<T> from) {
    return from.get(random.nextInt(from.size()));
  }

  private static <T> List<T> listOf(
      SplittableRandom random, int least, int most, Supplier<T> each) {
    List<T> list = new ArrayList<>();
    for (int count = random.nextInt(least, most + 1); count > 0; count--) {
      list.add(each.get());
    }
    return list;
  }

  /** Different ones, in any order. */
  private static List<String> some(
      SplittableRandom random, int least, int most, List<String> from) {
    List<String> left = new ArrayList<>(from);
    return listOf(random, least, most, () -> left.remove(random.nextInt(left.size())));
  }

  private static List<TestRoute> routes(SplittableRandom random) {
    List<TestRoute> routes = new ArrayList<>();
    for (int count = random.nextInt(1, 6); count > 0; count--) {
      routes.add(
          new TestRoute(
              "r" + routes.size(),
              some(random, 0, 3, NAMES.subList(1, NAMES.size())),
              random.nextInt(1, 4),
              listOf(random, 1, 3, () -> listOf(random, 1, 3, () -> match(random)))));
    }
    return routes;
  }

  private static TestMatch match(SplittableRandom random) {
    return new TestMatch(
        random.nextBoolean(),
        pick(random, PATHS),
        random.nextBoolean(),
        random.nextInt(3),
        random.nextInt(3));
  }

  private static Request request(SplittableRandom random) {
    return new Request(
        pick(random, HOSTS),
        pick(random, PATHS),
        random.nextBoolean(),
        random.nextInt(3),
        random.nextInt(3));
  }
}
