package dev.weir.proxy.plan;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.re2j.Pattern;
import dev.weir.core.http.HeaderName;
import dev.weir.proxy.plan.HeaderCondition.Wanted;
import dev.weir.proxy.plan.PartCondition.Part;
import dev.weir.proxy.plan.RouteTable.Entry;
import dev.weir.proxy.plan.RouteTable.Host;
import dev.weir.proxy.plan.RouteTable.Ports;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import org.jspecify.annotations.Nullable;

/** The table against a matcher that goes through the lists from the start, on texts. */
class RouteTableProperties {
  enum Kind {
    EXACT,
    PREFIX,
    SEGMENTS,
    REGEX
  }

  /** A route as data. Method, header and query: null = not asked for. */
  record Route(
      Kind kind,
      String path,
      @Nullable String method,
      @Nullable String header,
      @Nullable String query) {}

  record VirtualHost(List<String> domains, List<Route> routes) {}

  record Request(String host, String path, String query, String method, List<String> headers) {}

  // --- the naive matcher -------------------------------------------------------------------------

  private static @Nullable String naive(List<VirtualHost> hosts, Request request) {
    String best = null;
    int bestHost = -1;
    for (int h = 0; h < hosts.size(); h++) {
      for (String domain : hosts.get(h).domains()) {
        if (accepts(domain, request.host()) && (best == null || score(domain) > score(best))) {
          best = domain;
          bestHost = h;
        }
      }
    }
    if (best == null) {
      return null;
    }
    List<Route> routes = hosts.get(bestHost).routes();
    for (int r = 0; r < routes.size(); r++) {
      if (accepts(routes.get(r), request)) {
        return bestHost + "/" + r;
      }
    }
    return null;
  }

  private static boolean accepts(String domain, String host) {
    return domain.startsWith("*")
        ? domain.equals("*")
            || (host.length() > domain.length() - 1 && host.endsWith(domain.substring(1)))
        : domain.equals(host);
  }

  private static int score(String domain) {
    return domain.startsWith("*") ? domain.length() : 1000;
  }

  private static boolean accepts(Route route, Request request) {
    String path = request.path();
    boolean matches =
        switch (route.kind()) {
          case EXACT -> path.equals(route.path());
          case PREFIX -> path.startsWith(route.path());
          case SEGMENTS -> path.equals(route.path()) || path.startsWith(route.path() + "/");
          case REGEX -> path.matches(route.path());
        };
    String joined = request.headers().isEmpty() ? null : String.join(",", request.headers());
    return matches
        && (route.method() == null || route.method().equals(request.method()))
        && (route.header() == null || route.header().equals(joined))
        && (route.query() == null || route.query().equals(firstQueryValue(request.query())));
  }

  private static @Nullable String firstQueryValue(String query) {
    for (String parameter : query.split("&", -1)) {
      if (parameter.equals("q")) {
        return "";
      }
      if (parameter.startsWith("q=")) {
        return parameter.substring(2);
      }
    }
    return null;
  }

  // --- the table
  // -----------------------------------------------------------------------------------

  private static RouteTable table(List<VirtualHost> hosts) {
    List<Host> all = new ArrayList<>();
    for (int h = 0; h < hosts.size(); h++) {
      List<Entry> routes = new ArrayList<>();
      for (int r = 0; r < hosts.get(h).routes().size(); r++) {
        routes.add(entry(hosts.get(h).routes().get(r), h + "/" + r));
      }
      all.add(new Host(hosts.get(h).domains(), routes));
    }
    return new RouteTable(all, Ports.IGNORED);
  }

  private static Entry entry(Route route, String name) {
    PathMatch path =
        switch (route.kind()) {
          case EXACT -> new PathMatch.Exact(route.path());
          case PREFIX -> new PathMatch.Prefix(route.path());
          case SEGMENTS -> new PathMatch.SegmentPrefix(route.path());
          case REGEX -> new PathMatch.Regex(Pattern.compile(route.path()));
        };
    List<Condition> conditions = new ArrayList<>();
    if (route.method() != null) {
      conditions.add(
          new PartCondition(Part.METHOD, ValueMatch.exact(route.method()), Wanted.MATCH));
    }
    if (route.header() != null) {
      conditions.add(
          new HeaderCondition(HeaderName.of("x"), ValueMatch.exact(route.header()), Wanted.MATCH));
    }
    if (route.query() != null) {
      conditions.add(
          new QueryCondition(
              "q".getBytes(StandardCharsets.US_ASCII), ValueMatch.exact(route.query())));
    }
    return new Entry(path, conditions, RouteTableTest.plan(name));
  }

  // --- inputs: few letters, so that collisions are the rule
  // ----------------------------------------

  private static Arbitrary<String> paths() {
    return Arbitraries.of("", "a", "b", "ab", "aa")
        .list()
        .ofMinSize(1)
        .ofMaxSize(4)
        .map(segments -> "/" + String.join("/", segments));
  }

  private static Arbitrary<String> hostNames() {
    return Arbitraries.of("a", "b", "c", "a-b")
        .list()
        .ofMinSize(1)
        .ofMaxSize(4)
        .map(labels -> String.join(".", labels));
  }

  private static Arbitrary<Route> routes() {
    Arbitrary<Route> byPath =
        Combinators.combine(
                Arbitraries.of(Kind.EXACT, Kind.PREFIX, Kind.SEGMENTS),
                paths(),
                Arbitraries.of("GET", "PUT").injectNull(0.6),
                Arbitraries.of("1", "1,2", "").injectNull(0.7),
                Arbitraries.of("1", "").injectNull(0.7))
            .as((kind, path, method, header, query) ->
                new Route(
                    kind,
                    kind == Kind.SEGMENTS ? path.replaceAll("/+$", "") + "a" : path,
                    method,
                    header,
                    query));
    Arbitrary<Route> byRegex =
        Combinators.combine(
                Arbitraries.of(
                    "/a.*",
                    "/(a|b)/.*",
                    "/a|/b",
                    "/a+",
                    "/ab?",
                    "/[^/]+/b",
                    "^/a/b$",
                    ".*b",
                    "/a[|]?b?",
                    "(?:/a)*",
                    "/\\Qa\\E.*",
                    "/a\\/b",
                    "/a{1,2}"),
                Arbitraries.of("GET", "PUT").injectNull(0.6))
            .as((path, method) -> new Route(Kind.REGEX, path, method, null, null));
    return Arbitraries.frequencyOf(Tuple.of(4, byPath), Tuple.of(1, byRegex));
  }

  @Provide
  Arbitrary<List<VirtualHost>> tables() {
    Arbitrary<String> domains =
        Arbitraries.frequencyOf(
            Tuple.of(4, hostNames()),
            Tuple.of(3, hostNames().map(name -> "*." + name)),
            Tuple.of(1, hostNames().map(name -> "*-" + name)),
            Tuple.of(1, Arbitraries.just("*")));
    Arbitrary<VirtualHost> host =
        Combinators.combine(domains.list().ofMinSize(1).ofMaxSize(3), routes().list().ofMaxSize(12))
            .as(VirtualHost::new);
    return host.list().ofMinSize(1).ofMaxSize(5).map(RouteTableProperties::eachDomainOnce);
  }

  private static List<VirtualHost> eachDomainOnce(List<VirtualHost> hosts) {
    Set<String> taken = new HashSet<>();
    return hosts.stream()
        .map(host ->
            new VirtualHost(host.domains().stream().filter(taken::add).toList(), host.routes()))
        .toList();
  }

  @Provide
  Arbitrary<List<Request>> requests() {
    return Combinators.combine(
            hostNames(),
            paths(),
            Arbitraries.of("", "q=1", "q", "q=", "p=1&q=1", "q=2&q=1", "qq=1", "&q=1"),
            Arbitraries.of("GET", "PUT", "POST"),
            Arbitraries.of("1", "2", "").list().ofMaxSize(2))
        .as(Request::new)
        .list()
        .ofSize(20);
  }

  @Property(tries = 2000)
  void answersAsTheOrderedListDoes(
      @ForAll("tables") List<VirtualHost> hosts, @ForAll("requests") List<Request> requests) {
    RouteTable table = table(hosts);
    for (Request request : requests) {
      List<String> headers = new ArrayList<>();
      request.headers().forEach(value -> headers.addAll(List.of("x", value)));
      String query = request.query().isEmpty() ? "" : "?" + request.query();

      RoutePlan answer =
          table.route(
              Requests.request(
                  request.method(),
                  request.host(),
                  request.path() + query,
                  headers.toArray(String[]::new)));

      assertThat(answer == null ? null : answer.name())
          .as("%s", request)
          .isEqualTo(naive(hosts, request));
    }
  }
}
