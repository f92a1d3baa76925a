package dev.weir.controlplane.kube;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Our status and that of the server brought together. */
class StatusMergeTest {
  private static final String US = "weir.dev/gateway-controller";
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final StatusMerge merge = new StatusMerge(US);

  private static ObjectNode json(String text) {
    return (ObjectNode) JSON.readTree(text.replace('\'', '"'));
  }

  private static String condition(String type, String status, String time) {
    return "{'type': '%s', 'status': '%s', 'reason': 'R', 'lastTransitionTime': '%s'}"
        .formatted(type, status, time);
  }

  private static String entry(String controller, String parent, String... conditions) {
    return "{'parentRef': {'name': '%s'}, 'controllerName': '%s', 'conditions': [%s]}"
        .formatted(parent, controller, String.join(", ", conditions));
  }

  @Test
  void entriesKeepTheirPlaces() {
    JsonNode held =
        json(
            "{'parents': [%s, %s, %s]}"
                .formatted(entry(US, "a"), entry("x.dev/other", "b"), entry(US, "gone")));
    ObjectNode merged =
        merge.merge(
            json("{'parents': [%s, %s]}".formatted(entry(US, "new"), entry(US, "a"))), held);

    assertThat(merged)
        .isEqualTo(
            json(
                "{'parents': [%s, %s, %s]}"
                    .formatted(entry(US, "a"), entry("x.dev/other", "b"), entry(US, "new"))));
    assertThat(StatusMerge.covers(held, merged)).isFalse();
    assertThat(StatusMerge.covers(merged, merged)).isTrue();
  }

  @Test
  void timesStayWhileTheStatusDoes() {
    JsonNode held =
        json(
            "{'parents': [%s]}"
                .formatted(
                    entry(
                        US,
                        "a",
                        condition("Accepted", "True", "2026-01-01T00:00:00Z"),
                        condition("ResolvedRefs", "True", "2026-01-01T00:00:00Z"))));
    ObjectNode same =
        json(
            "{'parents': [%s]}"
                .formatted(
                    entry(
                        US,
                        "a",
                        condition("Accepted", "True", "2026-02-02T00:00:00Z"),
                        condition("ResolvedRefs", "True", "2026-02-02T00:00:00Z"))));
    assertThat(merge.merge(same, held)).isEqualTo(held);

    ObjectNode changed =
        json(
            "{'parents': [%s]}"
                .formatted(
                    entry(
                        US,
                        "a",
                        condition("Accepted", "True", "2026-02-02T00:00:00Z"),
                        condition("ResolvedRefs", "False", "2026-02-02T00:00:00Z"))));
    JsonNode conditions = merge.merge(changed, held).path("parents").get(0).path("conditions");
    assertThat(conditions.get(0).path("lastTransitionTime").asString())
        .isEqualTo("2026-01-01T00:00:00Z");
    assertThat(conditions.get(1).path("lastTransitionTime").asString())
        .isEqualTo("2026-02-02T00:00:00Z");
  }

  @Test
  void conditionsOfOthersMayStandBesideOurs() {
    String ours = condition("Accepted", "True", "2026-01-01T00:00:00Z");
    String theirs = condition("example.com/Checked", "True", "2026-01-01T00:00:00Z");
    String stale = condition("Programmed", "True", "2026-01-01T00:00:00Z");
    ObjectNode merged = json("{'conditions': [%s], 'listeners': []}".formatted(ours));

    assertThat(
            StatusMerge.covers(
                json("{'conditions': [%s, %s], 'listeners': []}".formatted(theirs, ours)), merged))
        .isTrue();
    assertThat(
            StatusMerge.covers(
                json("{'conditions': [%s, %s], 'listeners': []}".formatted(ours, stale)), merged))
        .isFalse();
    assertThat(
            StatusMerge.covers(
                json(
                    "{'conditions': [%s], 'listeners': [{'name': 'gone', 'conditions': []}]}"
                        .formatted(ours)),
                merged))
        .isFalse();
    assertThat(StatusMerge.covers(JSON.missingNode(), merged)).isFalse();
  }

  @Test
  void ourEntriesAreFoundAndTakenAway() {
    String both =
        "{'parents': [%s, %s]}"
            .formatted(entry(US, "a"), entry("x.dev/other", "b"))
            .replace('\'', '"');
    assertThat(merge.hasEntry(both)).isTrue();
    assertThat(merge.hasEntry("{\"parents\": []}")).isFalse();
    assertThat(merge.hasEntry(null)).isFalse();
    assertThat(merge.hasEntry("{\"note\": \"" + US + "\"}")).isFalse();
    JsonNode held = JSON.readTree(both);
    assertThat(merge.merge(merge.without(held), held))
        .isEqualTo(json("{'parents': [%s]}".formatted(entry("x.dev/other", "b"))));
  }
}
