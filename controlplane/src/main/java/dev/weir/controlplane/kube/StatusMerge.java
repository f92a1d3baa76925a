package dev.weir.controlplane.kube;

import dev.weir.controlplane.resolve.ConditionType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Brings together the status that Weir has to write and the one that the API server holds. Pure.
 *
 * <p>The lists {@code parents} of routes and {@code ancestors} of policies are atomic in the API:
 * who writes one writes all of it, so entries of other controllers are carried over. A condition
 * that says what it said before keeps its time, whoever wrote it: a controller that has just
 * started, or become leader, moves no time.
 */
final class StatusMerge {
  private static final List<String> ATOMIC = List.of("parents", "ancestors");
  private static final String CONTROLLER_NAME = "controllerName";
  private static final String CONDITIONS = "conditions";
  private static final String LISTENERS = "listeners";
  private static final String NAME = "name";
  private static final String TYPE = "type";
  private static final String TIME = "lastTransitionTime";

  /** The types of conditions that Weir writes, in whatever place. */
  private static final Set<String> OUR_TYPES =
      Arrays.stream(ConditionType.values()).map(ConditionType::text).collect(Collectors.toSet());

  private final String controllerName;

  StatusMerge(String controllerName) {
    this.controllerName = controllerName;
  }

  /**
   * The status to write.
   *
   * @param wanted what Weir has to say; changed, and returned
   * @param held what the server holds; missing if it holds none
   */
  ObjectNode merge(ObjectNode wanted, JsonNode held) {
    for (String list : ATOMIC) {
      if (wanted.get(list) instanceof ArrayNode ours) {
        wanted.set(list, entries(ours, held.path(list)));
      }
    }
    keepTimes(wanted, held);
    if (wanted.get(LISTENERS) instanceof ArrayNode listeners) {
      for (JsonNode listener : listeners) {
        keepTimes(listener, find(held.path(LISTENERS), NAME, listener.path(NAME)));
      }
    }
    return wanted;
  }

  /** The entries of all controllers, each in its place, so that no two of them change the order. */
  private ArrayNode entries(ArrayNode ours, JsonNode held) {
    List<JsonNode> left = new ArrayList<>();
    ours.forEach(left::add);
    ArrayNode merged = ApiConnection.JSON.createArrayNode();
    for (JsonNode entry : held) {
      if (!entry.path(CONTROLLER_NAME).asString("").equals(controllerName)) {
        merged.add(entry);
        continue;
      }
      JsonNode mine = left.stream().filter(one -> samePlace(one, entry)).findFirst().orElse(null);
      if (mine != null) {
        left.remove(mine);
        keepTimes(mine, entry);
        merged.add(mine);
      }
    }
    left.forEach(merged::add);
    return merged;
  }

  private static boolean samePlace(JsonNode one, JsonNode other) {
    return one.path("parentRef").equals(other.path("parentRef"))
        && one.path("ancestorRef").equals(other.path("ancestorRef"));
  }

  private static void keepTimes(JsonNode wanted, JsonNode held) {
    for (JsonNode condition : wanted.path(CONDITIONS)) {
      JsonNode before = find(held.path(CONDITIONS), TYPE, condition.path(TYPE));
      if (before.path("status").equals(condition.path("status"))
          && before.get(TIME) != null
          && condition instanceof ObjectNode fields) {
        fields.set(TIME, before.get(TIME));
      }
    }
  }

  /** Whether the server holds all of a merged status already, and nothing of ours beside it. */
  static boolean covers(JsonNode held, ObjectNode merged) {
    for (var field : merged.properties()) {
      JsonNode there = held.path(field.getKey());
      boolean same =
          switch (field.getKey()) {
            case CONDITIONS -> sameConditions(there, field.getValue());
            case LISTENERS -> sameListeners(there, field.getValue());
            default -> there.equals(field.getValue());
          };
      if (!same) {
        return false;
      }
    }
    return true;
  }

  private static boolean sameConditions(JsonNode held, JsonNode merged) {
    for (JsonNode condition : merged) {
      if (!find(held, TYPE, condition.path(TYPE)).equals(condition)) {
        return false;
      }
    }
    for (JsonNode condition : held) {
      // Conditions of others may stand beside ours.
      if (OUR_TYPES.contains(condition.path(TYPE).asString(""))
          && find(merged, TYPE, condition.path(TYPE)).isMissingNode()) {
        return false;
      }
    }
    return true;
  }

  private static boolean sameListeners(JsonNode held, JsonNode merged) {
    if (held.size() != merged.size()) {
      return false;
    }
    for (JsonNode listener : merged) {
      JsonNode there = find(held, NAME, listener.path(NAME));
      if (!(listener instanceof ObjectNode fields) || !covers(there, fields)) {
        return false;
      }
    }
    return true;
  }

  private static JsonNode find(JsonNode list, String key, JsonNode value) {
    for (JsonNode each : list) {
      if (each.path(key).equals(value)) {
        return each;
      }
    }
    return ApiConnection.JSON.missingNode();
  }

  /** Whether a status has an entry of this controller in a list that it shares with others. */
  boolean hasEntry(@Nullable String status) {
    // Almost always the text alone tells; that it tells too much does no harm.
    if (status == null || !status.contains(controllerName)) {
      return false;
    }
    JsonNode tree = ApiConnection.JSON.readTree(status);
    for (String list : ATOMIC) {
      for (JsonNode entry : tree.path(list)) {
        if (entry.path(CONTROLLER_NAME).asString("").equals(controllerName)) {
          return true;
        }
      }
    }
    return false;
  }

  /** A status that takes all entries of this controller out of the shared lists. */
  ObjectNode without(JsonNode held) {
    ObjectNode empty = ApiConnection.JSON.createObjectNode();
    for (String list : ATOMIC) {
      if (held.has(list)) {
        empty.putArray(list);
      }
    }
    return empty;
  }
}
