package dev.weir.controlplane.deploy;

import dev.weir.controlplane.decode.Tree;
import dev.weir.controlplane.decode.Tree.Mapping;
import dev.weir.controlplane.decode.Tree.Scalar;
import dev.weir.controlplane.decode.Tree.Sequence;
import dev.weir.core.problem.ObjectRef;
import java.math.BigDecimal;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * An object that has to be there.
 *
 * @param content all of it but status, as maps, lists, texts, numbers and booleans: what
 *     server-side apply sends
 */
public record DeployedObject(ObjectRef ref, Map<String, @Nullable Object> content) {
  static DeployedObject of(ObjectRef ref, Mapping content) {
    return new DeployedObject(ref, map(content));
  }

  private static Map<String, @Nullable Object> map(Mapping mapping) {
    Map<String, @Nullable Object> map = new LinkedHashMap<>();
    mapping.entries().forEach(entry -> map.put(entry.key(), value(entry.value())));
    return Collections.unmodifiableMap(map);
  }

  private static @Nullable Object value(Tree tree) {
    return switch (tree) {
      case Mapping mapping -> map(mapping);
      case Sequence list ->
          Collections.unmodifiableList(
              list.items().stream().map(DeployedObject::value).collect(Collectors.toList()));
      case Scalar scalar ->
          switch (scalar.sort()) {
            case STRING -> scalar.text();
            case INTEGER -> Long.valueOf(scalar.text());
            case DECIMAL -> new BigDecimal(scalar.text());
            case BOOLEAN -> Boolean.valueOf(scalar.text());
            case NULL -> null;
          };
    };
  }
}
