package dev.weir.conformance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import tools.jackson.databind.node.ObjectNode;

/** Reads the manifests of the cases. */
final class Manifests {
  /** The manifest that all cases share. */
  static final String BASE = "base/manifests.yaml";

  private final Path folder;

  Manifests(Path folder) {
    this.folder = folder;
  }

  /**
   * The objects of a manifest in their order.
   *
   * @param placeholders applied to each text in them
   */
  List<ObjectNode> read(String name, UnaryOperator<String> placeholders) throws IOException {
    List<ObjectNode> objects = new ArrayList<>();
    try {
      for (ObjectNode document : Json.readYaml(Files.readString(folder.resolve(name)))) {
        objects.add((ObjectNode) Json.mapTexts(document, placeholders));
      }
    } catch (RuntimeException e) {
      throw new IOException(name + ": " + e.getMessage(), e);
    }
    return objects;
  }
}
