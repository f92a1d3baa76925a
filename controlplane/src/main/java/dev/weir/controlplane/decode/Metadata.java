package dev.weir.controlplane.decode;

import dev.weir.core.api.schema.Length;
import dev.weir.core.api.schema.Pattern;
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
    @Length(min = 1, max = 253) @Pattern(value = Metadata.NAME, means = Metadata.NAME_MEANS)
        String name,
    @Nullable
        @Length(min = 1, max = 63)
        @Pattern(value = Metadata.LABEL, means = Metadata.NAME_MEANS)
        String namespace,
    Map<
            String,
            @Length(max = 63)
            @Pattern(
                value = "^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$",
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
    @Nullable Tree managedFields) {
  static final String LABEL = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$";
  static final String NAME = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";
  static final String NAME_MEANS =
      "a name of lower-case letters, digits and '-', beginning and ending with a letter or digit";
}
