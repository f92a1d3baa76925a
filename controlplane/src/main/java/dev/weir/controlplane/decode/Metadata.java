package dev.weir.controlplane.decode;

import dev.weir.core.api.Names;
import dev.weir.core.api.schema.Checked;
import dev.weir.core.api.schema.Length;
import dev.weir.core.api.schema.Pattern;
import dev.weir.core.api.schema.Violations;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The metadata of an object as written down. Fields that only an API server fills are read and, in
 * files, not used.
 *
 * @param namespace null: the default one, or none for cluster-scoped kinds
 */
public record Metadata(
    @Length(min = 1, max = 253)
        @Pattern(value = "^" + Names.SUBDOMAIN + "$", means = Metadata.NAME_MEANS)
        String name,
    @Nullable
        @Length(min = 1, max = 63)
        @Pattern(value = "^" + Names.LABEL + "$", means = Metadata.NAME_MEANS)
        String namespace,
    Map<
            String,
            @Length(max = 63)
            @Pattern(
                value = "^" + Names.LABEL_VALUE + "$",
                means = "letters, digits, '-', '_' and '.'")
            String>
        labels,
    Map<String, String> annotations,
    @Nullable Instant creationTimestamp,
    @Nullable Instant deletionTimestamp,
    @Nullable String uid,
    @Nullable String resourceVersion,
    @Nullable Tree generation,
    @Nullable Tree generateName,
    @Nullable Tree selfLink,
    @Nullable Tree deletionGracePeriodSeconds,
    @Nullable Tree ownerReferences,
    @Nullable Tree finalizers,
    @Nullable Tree managedFields)
    implements Checked {
  static final String NAME_MEANS =
      "a name of lower-case letters, digits and '-', beginning and ending with a letter or digit";

  /** Most that all annotations of an object may hold, in bytes. */
  static final int MAX_ANNOTATIONS = 256 << 10;

  @Override
  public void check(Violations violations) {
    Names.checkKeys("labels", labels, violations);
    Names.checkAnnotationKeys(annotations, violations);
    int size =
        annotations.entrySet().stream()
            .mapToInt(entry -> bytes(entry.getKey()) + bytes(entry.getValue()))
            .sum();
    if (size > MAX_ANNOTATIONS) {
      violations.add(
          "annotations",
          "%d bytes, at most %d are allowed: use a ConfigMap".formatted(size, MAX_ANNOTATIONS));
    }
  }

  private static int bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }
}
