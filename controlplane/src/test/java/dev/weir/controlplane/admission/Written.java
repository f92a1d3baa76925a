package dev.weir.controlplane.admission;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** An object as YAML, every field on a line of its own, and the lines of its places. */
final class Written {
  private final ObjectNode object;
  private final StringBuilder text = new StringBuilder();
  private @Nullable Map<String, Set<Integer>> lines;
  private int line = 1;

  Written(JsonNode object) {
    this.object = (ObjectNode) object;
  }

  String text() {
    mapping(object, Place.ROOT, "", true);
    return text.toString();
  }

  /**
   * The lines that a finding may name: that of the field, or the first one of its value. For what
   * is not there those of what should hold it.
   */
  Set<Integer> lines(String path) {
    if (lines == null) {
      line = 1;
      lines = new LinkedHashMap<>();
      mapping(object, Place.ROOT, "", true);
    }
    String at = path;
    while (!lines.containsKey(at)) {
      int end = Math.max(at.lastIndexOf('.'), at.lastIndexOf('['));
      at = end < 0 ? "" : at.substring(0, end);
    }
    return Objects.requireNonNull(lines.get(at));
  }

  private void mark(Place at) {
    if (lines != null) {
      lines.computeIfAbsent(at.text(), key -> new LinkedHashSet<>()).add(line);
    }
  }

  private void mapping(ObjectNode object, Place at, String indent, boolean first) {
    mark(at);
    boolean[] onNewLine = {first};
    object.forEachEntry((name, value) -> {
      if (onNewLine[0]) {
        text.append(indent);
      }
      onNewLine[0] = true;
      // Whether it is a field or a key only matters for how the path is written.
      mark(at.field(name));
      mark(at.key(name));
      text.append(quoted(name)).append(':');
      child(value, at.field(name), at.key(name), indent);
    });
  }

  private void child(JsonNode value, Place at, Place other, String indent) {
    switch (value) {
      case ObjectNode object when !object.isEmpty() -> {
        next();
        mark(other);
        mapping(object, at, indent + "  ", true);
      }
      case ArrayNode array when !array.isEmpty() -> {
        next();
        mark(at);
        mark(other);
        for (int i = 0; i < array.size(); i++) {
          text.append(indent).append("- ");
          item(array.get(i), at.item(i), indent + "  ");
        }
      }
      default -> {
        text.append(' ').append(value);
        next();
      }
    }
  }

  private void item(JsonNode value, Place at, String indent) {
    mark(at);
    if (value instanceof ObjectNode object && !object.isEmpty()) {
      mapping(object, at, indent, false);
    } else {
      text.append(value);
      next();
    }
  }

  private void next() {
    text.append('\n');
    line++;
  }

  private static String quoted(String text) {
    return tools.jackson.databind.node.StringNode.valueOf(text).toString();
  }
}
