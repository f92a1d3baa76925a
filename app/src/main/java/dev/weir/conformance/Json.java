package dev.weir.conformance;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.common.FlowStyle;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Operations on JSON trees, and YAML as another spelling of them. */
final class Json {
  static final JsonMapper MAPPER = JsonMapper.builder().build();

  private Json() {}

  /** The documents of a YAML text that are not empty. */
  static List<ObjectNode> readYaml(String text) {
    List<ObjectNode> documents = new ArrayList<>();
    for (Object document : new Load(LoadSettings.builder().build()).loadAllFromString(text)) {
      if (document instanceof Map<?, ?> map) {
        documents.add(MAPPER.valueToTree(map));
      } else if (document != null) {
        throw new IllegalArgumentException("a YAML document that is not an object: " + document);
      }
    }
    return documents;
  }

  static String writeYaml(JsonNode tree) {
    DumpSettings settings =
        DumpSettings.builder().setDefaultFlowStyle(FlowStyle.BLOCK).setSplitLines(false).build();
    return new Dump(settings).dumpToString(MAPPER.convertValue(tree, Object.class));
  }

  /** A copy with {@code change} applied to each text; names stay. */
  static JsonNode mapTexts(JsonNode tree, UnaryOperator<String> change) {
    return switch (tree) {
      case ObjectNode object -> {
        ObjectNode copy = MAPPER.createObjectNode();
        object
            .properties()
            .forEach(field -> copy.set(field.getKey(), mapTexts(field.getValue(), change)));
        yield copy;
      }
      case ArrayNode array -> {
        ArrayNode copy = MAPPER.createArrayNode();
        array.forEach(item -> copy.add(mapTexts(item, change)));
        yield copy;
      }
      case JsonNode text when text.isString() ->
          MAPPER.getNodeFactory().stringNode(change.apply(text.stringValue()));
      default -> tree;
    };
  }

  /** {@code target} with a merge patch applied (RFC 7386). */
  static JsonNode mergePatch(JsonNode target, JsonNode patch) {
    if (!(patch instanceof ObjectNode changes)) {
      return patch.deepCopy();
    }
    ObjectNode merged =
        target instanceof ObjectNode object ? object.deepCopy() : MAPPER.createObjectNode();
    changes
        .properties()
        .forEach(change -> {
          if (change.getValue().isNull()) {
            merged.remove(change.getKey());
          } else {
            merged.set(
                change.getKey(), mergePatch(merged.path(change.getKey()), change.getValue()));
          }
        });
    return merged;
  }
}
