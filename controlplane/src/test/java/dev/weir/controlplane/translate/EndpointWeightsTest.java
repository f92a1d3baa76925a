package dev.weir.controlplane.translate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Percentage.withPercentage;

import dev.weir.core.api.weir.Backend.Endpoint;
import dev.weir.core.api.weir.Backend.Group;
import dev.weir.core.api.weir.Backend.Locality;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class EndpointWeightsTest {
  @Test
  void aGroupAloneInItsPriorityKeepsTheWeightsOfItsEndpoints() {
    Group first = group(0, 7, 1, 2, 3);
    Group backup = group(1, 9, 5);

    assertThat(EndpointWeights.of(first, List.of(first, backup))).containsExactly(1, 2, 3);
    assertThat(EndpointWeights.of(backup, List.of(first, backup))).containsExactly(5);
  }

  @Test
  void groupsOfOnePriorityShareByTheirWeights() {
    Group one = group(0, 3, 1);
    Group two = group(0, 1, 1, 1);

    assertThat(EndpointWeights.of(one, List.of(one, two))).containsExactly(6);
    assertThat(EndpointWeights.of(two, List.of(one, two))).containsExactly(1, 1);
  }

  @Test
  void hugeRatiosAreRoundedButNobodyGetsNothing() {
    Group large = group(0, 1_000_000, 999_983, 1);
    Group small = group(0, 1, 999_979, 2);

    assertThat(EndpointWeights.of(large, List.of(large, small))).containsExactly(65_536, 1);
    assertThat(EndpointWeights.of(small, List.of(large, small))).containsExactly(1, 1);
  }

  @Test
  void sharesAreThoseOfTheBackend() {
    for (int seed = 0; seed < 200; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      List<Group> groups = new ArrayList<>();
      for (int left = random.nextInt(2, 6); left > 0; left--) {
        int weight = groups.isEmpty() ? random.nextInt(1, 6) : 1;
        groups.add(group(0, weight, random.ints(random.nextInt(1, 6), 1, 10).toArray()));
      }
      assertSharesAreThoseOf(groups, seed);
    }
  }

  private static void assertSharesAreThoseOf(List<Group> groups, int seed) {
    double total =
        groups.stream()
            .flatMap(group -> EndpointWeights.of(group, groups).stream())
            .mapToLong(weight -> weight)
            .sum();
    double groupTotal = groups.stream().mapToInt(Group::weight).sum();

    for (Group group : groups) {
      List<Integer> computed = EndpointWeights.of(group, groups);
      double sum = group.endpoints().stream().mapToInt(Endpoint::weight).sum();
      for (int i = 0; i < computed.size(); i++) {
        double share = group.weight() / groupTotal * group.endpoints().get(i).weight() / sum;
        assertThat(computed.get(i) / total)
            .as("seed %s: %s", seed, groups)
            .isCloseTo(share, withPercentage(0.5));
      }
    }
  }

  private static Group group(int priority, int weight, int... endpoints) {
    return new Group(
        new Locality("", "", ""),
        priority,
        weight,
        IntStream.of(endpoints)
            .mapToObj(each -> new Endpoint("10.0.0.1", null, 80, null, each))
            .collect(Collectors.toList()));
  }
}
