package dev.weir.controlplane.topology;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HostnameTest {
  /** The examples of the API's field descriptions, and their edges; empty: nothing in common. */
  @ParameterizedTest
  @CsvSource({
    "test.example.com, test.example.com, test.example.com",
    "test.example.com, *.example.com, test.example.com",
    "test.example.com, *, test.example.com",
    "test.example.com, example.com, ''",
    "test.example.com, *.test.example.com, ''",
    "*.example.com, test.example.com, test.example.com",
    "*.example.com, foo.test.example.com, foo.test.example.com",
    "*.example.com, example.com, ''",
    "*.example.com, test.example.net, ''",
    "*.example.com, badexample.com, ''",
    "*.example.com, *.example.com, *.example.com",
    "*.example.com, *.foo.example.com, *.foo.example.com",
    "*.example.com, *.com, *.example.com",
    "*.example.com, *.example.org, ''",
    "*, *, *",
    "*, *.example.com, *.example.com",
  })
  void intersects(String one, String other, String both) {
    Hostname expected = both.isEmpty() ? null : Hostname.of(both);

    assertThat(Hostname.of(one).intersect(Hostname.of(other))).isEqualTo(expected);
    assertThat(Hostname.of(other).intersect(Hostname.of(one))).isEqualTo(expected);
  }

  @Test
  void unsetMeansAllHosts() {
    assertThat(Hostname.of(null)).isEqualTo(Hostname.ANY);
    assertThat(Hostname.of("")).isEqualTo(Hostname.ANY);
  }

  @Test
  void hostsAreComparedInLowerCase() {
    assertThat(Hostname.of("A.Example.COM")).isEqualTo(Hostname.of("a.example.com"));
  }

  @Test
  void moreSpecificComesFirst() {
    List<String> sorted =
        Stream.of("*", "*.com", "*.example.com", "a.com", "*.a.example.com", "abc.example.com")
            .map(Hostname::of)
            .sorted()
            .map(Hostname::text)
            .toList();

    assertThat(sorted)
        .containsExactly(
            "abc.example.com", "a.com", "*.a.example.com", "*.example.com", "*.com", "*");
  }

  @ParameterizedTest
  @CsvSource({
    "a.b.example.com, *.b.example.com *.example.com *.com *",
    "*.b.example.com, *.example.com *.com *",
    "localhost, *",
    "*, ''",
  })
  void knowsTheWildcardsAroundIt(String name, String wider) {
    List<Hostname> expected =
        Stream.of(wider.split(" ")).filter(w -> !w.isEmpty()).map(Hostname::of).toList();

    assertThat(Hostname.of(name).wider()).isEqualTo(expected);
    assertThat(expected).allMatch(wildcard -> wildcard.covers(Hostname.of(name)));
  }
}
