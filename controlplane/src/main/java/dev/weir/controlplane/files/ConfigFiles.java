package dev.weir.controlplane.files;

import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/**
 * The configuration files of some directories, in a stable order: {@code *.yaml}, {@code *.yml} and
 * {@code *.json} at any depth. Names that begin with a dot are passed over. Symbolic links are
 * followed.
 *
 * @param roots directories, or single files
 */
public record ConfigFiles(List<Path> roots) {
  private static final Pattern NAME = Pattern.compile("[^.].*\\.(yaml|yml|json)");

  public ConfigFiles {
    roots = List.copyOf(roots);
  }

  /** Reads all files. Never throws: what cannot be read is a problem. */
  public Load load(Manifests manifests) {
    return manifests.load(read());
  }

  /** The texts of all files. Never throws, as {@link #load}. */
  public Sources read() {
    FileTree tree = new FileTree(roots, UnaryOperator.identity());
    tree.scan();
    return tree.sources();
  }

  static boolean isConfig(Path name) {
    return NAME.matcher(name.toString()).matches();
  }
}
