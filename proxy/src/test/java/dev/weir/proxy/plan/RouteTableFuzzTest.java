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
import java.util.SplittableRandom;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The table against a matcher that goes through the lists from the start, on texts. */
class RouteTableFuzzTest {
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

  private static final List<String> REGEXES =
      List.of(
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
          "/a{1,2}");

  private static <T> T pick(SplittableRandom random, List<T> from) {
    return from.get(random.nextInt(from.size()));
  }

  /** One of them, or null in {@code nulls} of ten cases. */
  private static @Nullable String pickOrNull(
      SplittableRandom random, int nulls, List<String> from) {
    return random.nextInt(10) < nulls ? null : pick(random, from);
  }

  private static <T> List<T> listOf(
      SplittableRandom random, int least, int most, Supplier<T> each) {
    List<T> list = new ArrayList<>();
    for (int count = random.nextInt(least, most + 1); count > 0; count--) {
      list.add(each.get());
    }
    return list;
  }

  private static String path(SplittableRandom random) {
    return "/"
        + String.join(
            "/", listOf(random, 1, 4, () -> pick(random, List.of("", "a", "b", "ab", "aa"))));
  }

  private static String hostName(SplittableRandom random) {
    return String.join(
        ".", listOf(random, 1, 4, () -> pick(random, List.of("a", "b", "c", "a-b"))));
  }

  private static Route route(SplittableRandom random) {
    if (random.nextInt(5) == 0) {
      String method = pickOrNull(random, 6, List.of("GET", "PUT"));
      return new Route(Kind.REGEX, pick(random, REGEXES), method, null, null);
    }
    Kind kind = pick(random, List.of(Kind.EXACT, Kind.PREFIX, Kind.SEGMENTS));
    String path = path(random);
    return new Route(
        kind,
        kind == Kind.SEGMENTS ? path.replaceAll("/+$", "") + "a" : path,
        pickOrNull(random, 6, List.of("GET", "PUT")),
        pickOrNull(random, 7, List.of("1", "1,2", "")),
        pickOrNull(random, 7, List.of("1", "")));
  }

  private static String domain(SplittableRandom random) {
    int lot = random.nextInt(9);
    if (lot == 0) {
      return "*";
    }
    return (lot < 5 ? "" : lot < 8 ? "*." : "*-") + hostName(random);
  }

  private static List<VirtualHost> hosts(SplittableRandom random) {
    Set<String> taken = new HashSet<>();
    return listOf(
        random,
        1,
        5,
        () -> {
          // Each domain once.
          List<String> domains = listOf(random, 1, 3, () -> domain(random));
          domains.removeIf(domain -> !taken.add(domain));
          return new VirtualHost(domains, listOf(random, 0, 12, () -> route(random)));
        });
  }

  private static Request request(SplittableRandom random) {
    return new Request(
        hostName(random),
        path(random),
        pick(random, List.of("", "q=1", "q", "q=", "p=1&q=1", "q=2&q=1", "qq=1", "&q=1")),
        pick(random, List.of("GET", "PUT", "POST")),
        listOf(random, 0, 2, () -> pick(random, List.of("1", "2", ""))));
  }

  @Test
  void answersAsTheOrderedListDoes() {
    for (int seed = 0; seed < 2000; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      List<VirtualHost> hosts = hosts(random);
      RouteTable table = table(hosts);
      for (int i = 0; i < 20; i++) {
        Request request = request(random);
        assertThat(answer(table, request))
            .as("seed %s: %s to %s", seed, request, hosts)
            .isEqualTo(naive(hosts, request));
      }
    }
  }

  private static @Nullable String answer(RouteTable table, Request request) {
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
    return answer == null ? null : answer.name();
  }
}
