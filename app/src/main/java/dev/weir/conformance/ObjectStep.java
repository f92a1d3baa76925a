package dev.weir.conformance;

import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Steps that read or change objects. */
sealed interface ObjectStep extends Step {
  record Get(@Nullable String subtest, boolean parallel, String kind, Ref name)
      implements ObjectStep {}

  /**
   * Changes an object.
   *
   * @param mergePatch RFC 7386
   */
  record Patch(
      @Nullable String subtest, boolean parallel, String kind, Ref name, ObjectNode mergePatch)
      implements ObjectStep {}

  /**
   * Creates or replaces an object.
   *
   * @param object without apiVersion and kind
   */
  record Apply(@Nullable String subtest, boolean parallel, String kind, ObjectNode object)
      implements ObjectStep {}

  record Delete(@Nullable String subtest, boolean parallel, String kind, Ref name)
      implements ObjectStep {}

  record PatchEndpointSlices(
      @Nullable String subtest, boolean parallel, List<Slice> slices, EndpointsFrom endpointsFrom)
      implements ObjectStep {}

  record Slice(String namespace, String name, String addressType) {
    Ref ref() {
      return new Ref(namespace, name);
    }
  }

  record EndpointsFrom(Ref podsOfDeployment, JsonNode conditions, boolean skipIfNoPodIPOfFamily) {}

  record Sleep(@Nullable String subtest, boolean parallel, double seconds) implements ObjectStep {}

  /**
   * An object is as expected.
   *
   * @param check {@code len(path) == n} or {@code len(path) > n}, more after a semicolon is for
   *     people
   */
  record ExpectObject(
      @Nullable String subtest,
      boolean parallel,
      String kind,
      @Nullable Ref name,
      @Nullable Selector selector,
      String check)
      implements ObjectStep {}

  record Selector(Ref deployment) {}

  record GenerationChanged(
      @Nullable String subtest, boolean parallel, String kind, Ref name, String since)
      implements ObjectStep {}

  record SkipIfSupported(@Nullable String subtest, boolean parallel, String feature)
      implements ObjectStep {}

  record SkipUnlessSupported(@Nullable String subtest, boolean parallel, String feature)
      implements ObjectStep {}
}
