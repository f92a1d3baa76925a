package dev.weir.proxy.plan;

import static dev.weir.proxy.plan.Requests.get;
import static dev.weir.proxy.plan.Requests.request;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.re2j.Pattern;
import dev.weir.core.failure.Reason;
import dev.weir.core.filter.CompiledFilter;
import dev.weir.core.http.HeaderName;
import dev.weir.core.http.RequestHead;
import dev.weir.proxy.plan.HeaderCondition.Wanted;
import dev.weir.proxy.plan.PartCondition.Part;
import dev.weir.proxy.plan.RouteTable.Entry;
import dev.weir.proxy.plan.RouteTable.Host;
import dev.weir.proxy.plan.RouteTable.Ports;
import dev.weir.proxy.plan.ValueMatch.Case;
import dev.weir.proxy.plan.ValueMatch.Place;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RouteTableTest {
  private static final PathMatch ALL = new PathMatch.Prefix("/");

  static RoutePlan plan(String name) {
    return new RoutePlan(
        name, new Action.Respond(200, Reason.DIRECT_RESPONSE, new byte[0]), new CompiledFilter[0]);
  }

  private static Entry route(String name, PathMatch path, Condition... conditions) {
    return new Entry(path, List.of(conditions), plan(name));
  }

  private static Host host(String... domains) {
    return new Host(List.of(domains), List.of(route(domains[0], ALL)));
  }

  private static RouteTable everywhere(Entry... routes) {
    return new RouteTable(List.of(new Host(List.of("*"), List.of(routes))), Ports.IGNORED);
  }

  private static @Nullable String name(RouteTable table, RequestHead request) {
    RoutePlan plan = table.route(request);
    return plan == null ? null : plan.name();
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "null",
      textBlock =
          """
          example.com,            example.com
          EXAMPLE.com,            example.com
          example.com.,           example.com
          example.com:8080,       example.com
          example.com.:8080,      example.com
          example.com:,           example.com
          www.example.com,        *.example.com
          a.b.example.com,        *.example.com
          x.api.example.com,      *.api.example.com
          x-api.example.com,      *-api.example.com
          -api.example.com,       *.example.com
          .example.com,           *
          badexample.com,         *
          com,                    *
          [::1],                  [::1]
          [::1]:80,               [::1]
          [::2]:80,               *
          '',                     *
          :80,                    *
          .,                      *
          """)
  void picksTheMostSpecificHost(String authority, String expected) {
    RouteTable table =
        new RouteTable(
            List.of(
                host("*"),
                host("*.example.com"),
                host("*-api.example.com"),
                host("*.api.example.com"),
                host("[::1]"),
                host("example.com", "Example.ORG")),
            Ports.IGNORED);

    assertThat(name(table, get(authority, "/"))).isEqualTo(expected);
  }

  @Test
  void answersNothingForHostsOfNobody() {
    RouteTable table = new RouteTable(List.of(host("example.com")), Ports.IGNORED);

    assertThat(table.route(get("example.org", "/"))).isNull();
    assertThat(table.route(get("", "/"))).isNull();
  }

  @Test
  void doesNotFallBackToABroaderHost() {
    RouteTable table =
        new RouteTable(
            List.of(host("*"), new Host(List.of("example.com"), List.of())), Ports.IGNORED);

    assertThat(table.route(get("example.com", "/"))).isNull();
  }

  @Test
  void matchesPortsWhereTheyCount() {
    RouteTable table =
        new RouteTable(List.of(host("example.com"), host("example.com:81")), Ports.MATCHED);

    assertThat(name(table, get("example.com", "/"))).isEqualTo("example.com");
    assertThat(name(table, get("example.com:81", "/"))).isEqualTo("example.com:81");
    assertThat(table.route(get("example.com:80", "/"))).isNull();
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "null",
      textBlock =
          """
          /exact,         exact
          /exact?q=/x,    exact
          /exact/,        null
          /exac,          null
          /seg,           segments
          /seg/,          segments
          /seg/a/b,       segments
          /segment,       null
          /raw,           raw
          /rawhide,       raw
          /raw/x,         raw
          /ra,            null
          /r/1/x,         regex
          /r/1/x?y=z,     regex
          /r/1/x/y,       null
          /r/a/x,         null
          /,              null
          *,              null
          """)
  void matchesPaths(String target, @Nullable String expected) {
    RouteTable table =
        everywhere(
            route("exact", new PathMatch.Exact("/exact")),
            route("segments", new PathMatch.SegmentPrefix("/seg")),
            route("raw", new PathMatch.Prefix("/raw")),
            route("regex", new PathMatch.Regex(Pattern.compile("/r/[0-9]+/[^/]*"))));

    assertThat(name(table, get("a", target))).isEqualTo(expected);
  }

  @Test
  void keepsTheOrderOfTheList() {
    RouteTable table =
        everywhere(
            route("first", new PathMatch.Prefix("/a")),
            route("never", new PathMatch.Exact("/a/b")),
            route(
                "get", ALL, new PartCondition(Part.METHOD, ValueMatch.exact("GET"), Wanted.MATCH)),
            route("last", ALL));

    assertThat(name(table, get("h", "/a/b"))).isEqualTo("first");
    assertThat(name(table, get("h", "/b"))).isEqualTo("get");
    assertThat(name(table, request("POST", "h", "/b"))).isEqualTo("last");
  }

  @ParameterizedTest
  @CsvSource({
    "/a|/b, ''",
    "/a(b|c)/d, /a",
    "/a.b, /a",
    "/a\\.b, /a.b",
    "^/ab+, /a",
    "/ab*, /a",
    "/ab?, /a",
    "/a[)|(]/b, /a",
    "/a[]|]|/b, ''",
    "/a[[:alpha:](]|/b, ''",
    "/a\\d, /a",
    "(?i)/a, ''",
    "\\Q/a.b\\E, ''",
    "/plain, /plain"
  })
  void findsTheLiteralStartOfExpressions(String regex, String expected) {
    assertThat(new PathMatch.Regex(Pattern.compile(regex)).literalPrefix()).isEqualTo(expected);
  }

  // --- conditions ------------------------------------------------------------------------------

  private static boolean meets(Condition condition, RequestHead request) {
    return condition.matches(request);
  }

  private static Condition header(ValueMatch value, Wanted wanted) {
    return new HeaderCondition(HeaderName.of("x"), value, wanted);
  }

  @Test
  void joinsRepeatedHeaders() {
    RequestHead request = request("GET", "h", "/", "x", "a", "y", "-", "X", "b");

    assertThat(meets(header(ValueMatch.exact("a,b"), Wanted.MATCH), request)).isTrue();
    assertThat(meets(header(ValueMatch.exact("a"), Wanted.MATCH), request)).isFalse();
    assertThat(meets(header(ValueMatch.exact("a,b,c"), Wanted.MATCH), request)).isFalse();
    ValueMatch regex = new ValueMatch.Regex(Pattern.compile("a,."));
    assertThat(meets(header(regex, Wanted.MATCH), request)).isTrue();
  }

  @Test
  void neverMatchesAHeaderThatIsNotThere() {
    RequestHead request = get("h", "/");

    assertThat(meets(header(ValueMatch.exact("a"), Wanted.MATCH), request)).isFalse();
    assertThat(meets(header(ValueMatch.exact("a"), Wanted.NO_MATCH), request)).isFalse();
    HeaderName x = HeaderName.of("x");
    assertThat(meets(new HeaderCondition.Presence(x, Wanted.NO_MATCH), request)).isTrue();
    assertThat(meets(new HeaderCondition.Presence(x, Wanted.MATCH), request)).isFalse();
  }

  @Test
  void invertsHeaders() {
    RequestHead request = request("GET", "h", "/", "x", "b");

    assertThat(meets(header(ValueMatch.exact("a"), Wanted.NO_MATCH), request)).isTrue();
    assertThat(meets(header(ValueMatch.exact("b"), Wanted.NO_MATCH), request)).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "null",
      textBlock =
          """
          /,                  null,  false
          /?,                 null,  false
          /?a,                null,  true
          /?a,                '',    true
          /?a=,               '',    true
          /?a=1,              1,     true
          /?b=2&a=1,          1,     true
          /?a=1&a=2,          2,     false
          /?a=1&a=2,          1,     true
          /?aa=1,             1,     false
          /?b=a=1,            1,     false
          /?a=b=c,            b=c,   true
          /?&&a=1,            1,     true
          /?%61=1,            1,     false
          """)
  void matchesQueryParameters(String target, @Nullable String value, boolean expected) {
    byte[] name = "a".getBytes(StandardCharsets.US_ASCII);
    Condition condition = new QueryCondition(name, value == null ? null : ValueMatch.exact(value));

    assertThat(meets(condition, get("h", target))).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "WHOLE, SENSITIVE, abc, abc, true",
    "WHOLE, SENSITIVE, abc, ABC, false",
    "WHOLE, IGNORED, aBc, AbC, true",
    "WHOLE, SENSITIVE, abc, abcd, false",
    "START, SENSITIVE, ab, abc, true",
    "START, SENSITIVE, ab, a, false",
    "END, SENSITIVE, bc, abc, true",
    "END, IGNORED, bc, aBC, true",
    "END, SENSITIVE, bc, bcd, false",
    "ANYWHERE, SENSITIVE, b, abc, true",
    "ANYWHERE, SENSITIVE, bc, abc, true",
    "ANYWHERE, SENSITIVE, x, abc, false",
    "ANYWHERE, IGNORED, BC, abcd, true"
  })
  void matchesLiterals(Place place, Case letters, String literal, String text, boolean expected) {
    byte[] bytes = ("<" + text + ">").getBytes(StandardCharsets.UTF_8);

    assertThat(ValueMatch.literal(place, literal, letters).matches(bytes, 1, bytes.length - 1))
        .isEqualTo(expected);
  }

  // --- size ------------------------------------------------------------------------------------

  @Test
  void looksAtFewRoutesHoweverManyThereAre() {
    AtomicInteger looks = new AtomicInteger();
    Condition counting =
        request -> {
          looks.incrementAndGet();
          return true;
        };
    List<Host> hosts = new ArrayList<>();
    for (int h = 0; h < 1000; h++) {
      List<Entry> routes = new ArrayList<>();
      for (int r = 0; r < 8; r++) {
        routes.add(route("h" + h + "-r" + r, new PathMatch.SegmentPrefix("/s/r" + r), counting));
      }
      Pattern regex = Pattern.compile("/x" + h + "/[0-9]+");
      routes.add(route("h" + h + "-x", new PathMatch.Regex(regex), counting));
      routes.add(route("h" + h + "-all", ALL, counting));
      hosts.add(new Host(List.of("h" + h + ".example.com"), routes));
    }
    RouteTable table = new RouteTable(hosts, Ports.IGNORED);

    for (int h = 0; h < 1000; h++) {
      String authority = "h" + h + ".example.com";
      looks.set(0);
      assertThat(name(table, get(authority, "/s/r5/y"))).isEqualTo("h" + h + "-r5");
      assertThat(looks).hasValue(1);
      looks.set(0);
      assertThat(name(table, get(authority, "/x" + h + "/17"))).isEqualTo("h" + h + "-x");
      assertThat(looks).hasValue(1);
      looks.set(0);
      assertThat(name(table, get(authority, "/other"))).isEqualTo("h" + h + "-all");
      assertThat(looks).hasValue(1);
    }
  }

  @Test
  void looksAtFewOfTenThousandRoutesOfOneHost() {
    AtomicInteger looks = new AtomicInteger();
    Condition refusing =
        request -> {
          looks.incrementAndGet();
          return false;
        };
    List<Entry> routes = new ArrayList<>();
    for (int r = 0; r < 10_000; r++) {
      routes.add(route("r" + r, new PathMatch.SegmentPrefix("/" + r % 100 + "/" + r), refusing));
    }
    RouteTable table = everywhere(routes.toArray(Entry[]::new));

    assertThat(table.route(get("h", "/17/1717/x"))).isNull();
    assertThat(looks).hasValue(1);
  }
}
