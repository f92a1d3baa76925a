package dev.weir.conformance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A case: what it needs and what it does. Reading is strict, a field or an action that is not known
 * here is an error, for a case that is only half understood proves nothing.
 *
 * @param features that a gateway must claim for the case to count
 * @param manifests files below the folder {@code manifests}
 * @param steps still as JSON, for they hold placeholders; see {@link #steps(UnaryOperator)}
 */
record CaseFile(
    String shortName,
    String goVariable,
    String source,
    String description,
    List<String> features,
    List<String> manifests,
    boolean provisional,
    boolean parallelTest,
    boolean slow,
    @Nullable String fidelity,
    List<String> extractionNotes,
    List<ObjectNode> steps) {

  static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.ACCEPT_SINGLE_VALUE_AS_ARRAY)
          .disable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .build();

  /** Reads a case; its steps are not looked into yet. */
  static CaseFile read(Path file) throws IOException {
    try {
      var read = JSON.readValue(Files.readString(file), CaseFile.class);
      Complete.check(read, read.shortName());
      return read;
    } catch (JacksonException e) {
      throw new IOException(file + ": " + e.getOriginalMessage(), e);
    } catch (IllegalArgumentException e) {
      throw new IOException(file + ": " + e.getMessage(), e);
    }
  }

  /** All cases of a folder, by name. */
  static List<CaseFile> readAll(Path folder) throws IOException {
    List<Path> files;
    try (Stream<Path> found = Files.list(folder)) {
      files = found.filter(file -> file.toString().endsWith(".json")).sorted().toList();
    }
    var cases = new ArrayList<CaseFile>(files.size());
    for (Path file : files) {
      cases.add(read(file));
    }
    return List.copyOf(cases);
  }

  /**
   * The steps, with {@code placeholders} applied to each text in them.
   *
   * @throws IllegalArgumentException or {@link JacksonException} if one is not understood
   */
  List<Step> steps(UnaryOperator<String> placeholders) {
    return steps.stream()
        .map(step -> {
          Step read = JSON.treeToValue(Json.mapTexts(step, placeholders), Step.class);
          Complete.check(read, step.path("action").asString("step"));
          return read;
        })
        .toList();
  }

  /** Reads a part of a step whose type depends on another part. */
  static <T> T part(JsonNode json, Class<T> type) {
    T read = JSON.treeToValue(json, type);
    Complete.check(read, type.getSimpleName());
    return read;
  }
}
