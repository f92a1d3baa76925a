package dev.weir.controlplane.decode;

import java.nio.file.Files;
import java.nio.file.Path;

/** Test data that lies beside the repository, where it is present. */
public final class SharedData {
  private SharedData() {}

  /** A path in {@code ../shared}, relative to the root of the repository. */
  public static Path path(String name) {
    Path root = Path.of("").toAbsolutePath();
    while (root.getParent() != null && !Files.exists(root.resolve("CONTRIBUTING.md"))) {
      root = root.getParent();
    }
    return root.resolveSibling("shared").resolve(name);
  }
}
