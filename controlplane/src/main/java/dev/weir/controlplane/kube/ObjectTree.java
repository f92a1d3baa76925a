package dev.weir.controlplane.kube;

import dev.weir.controlplane.decode.Tree;
import dev.weir.controlplane.decode.Tree.Entry;
import dev.weir.controlplane.decode.Tree.Mapping;
import dev.weir.controlplane.decode.Tree.Scalar;
import dev.weir.controlplane.decode.Tree.Sequence;
import dev.weir.controlplane.decode.Tree.Sort;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Objects of the API server as trees, as if they had been read from a file. */
final class ObjectTree {
  /** The whole object once more, which kubectl leaves behind and nobody here reads. */
  private static final String LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

  private ObjectTree() {}

  /** All of an object but its status and its managed fields. */
  static Mapping of(GenericKubernetesResource object) {
    List<Entry> entries = new ArrayList<>();
    entries.add(entry("apiVersion", object.getApiVersion()));
    entries.add(entry("kind", object.getKind()));
    entries.add(new Entry("metadata", 0, metadata(object.getMetadata())));
    object
        .getAdditionalProperties()
        .forEach((key, value) -> {
          if (!key.equals("status")) {
            entries.add(entry(key, value));
          }
        });
    return new Mapping(entries, 0);
  }

  /** The annotations that are kept. */
  static Map<String, String> annotations(ObjectMeta meta) {
    Map<String, String> all = meta.getAnnotations();
    if (all == null || all.isEmpty()) {
      return Map.of();
    }
    Map<String, String> kept = new LinkedHashMap<>(all);
    kept.remove(LAST_APPLIED);
    return kept;
  }

  private static Mapping metadata(ObjectMeta meta) {
    List<Entry> entries = new ArrayList<>();
    entries.add(entry("name", meta.getName()));
    add(entries, "namespace", meta.getNamespace());
    add(entries, "uid", meta.getUid());
    add(entries, "resourceVersion", meta.getResourceVersion());
    add(entries, "generation", meta.getGeneration());
    add(entries, "creationTimestamp", meta.getCreationTimestamp());
    add(entries, "deletionTimestamp", meta.getDeletionTimestamp());
    add(entries, "labels", meta.getLabels());
    add(entries, "annotations", annotations(meta));
    return new Mapping(entries, 0);
  }

  private static void add(List<Entry> entries, String key, @Nullable Object value) {
    if (value != null) {
      entries.add(entry(key, value));
    }
  }

  private static Entry entry(String key, @Nullable Object value) {
    return new Entry(key, 0, tree(value));
  }

  private static Tree tree(@Nullable Object value) {
    return switch (value) {
      case null -> new Scalar("", Sort.NULL, 0);
      case String text -> new Scalar(text, Sort.STRING, 0);
      case Boolean bool -> new Scalar(bool.toString(), Sort.BOOLEAN, 0);
      case Integer number -> new Scalar(number.toString(), Sort.INTEGER, 0);
      case Long number -> new Scalar(number.toString(), Sort.INTEGER, 0);
      case BigInteger number -> new Scalar(number.toString(), Sort.INTEGER, 0);
      case Double number -> new Scalar(number.toString(), Sort.DECIMAL, 0);
      case BigDecimal number -> new Scalar(number.toString(), Sort.DECIMAL, 0);
      case Map<?, ?> map ->
          new Mapping(
              map.entrySet().stream()
                  .map(each -> entry(String.valueOf(each.getKey()), each.getValue()))
                  .toList(),
              0);
      case Collection<?> items -> {
        List<Tree> trees = new ArrayList<>(items.size());
        for (Object item : items) {
          trees.add(tree(item));
        }
        yield new Sequence(trees, 0);
      }
      default -> throw new IllegalArgumentException("no JSON: " + value.getClass());
    };
  }
}
