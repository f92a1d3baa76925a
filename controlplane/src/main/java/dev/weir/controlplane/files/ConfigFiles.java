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
    FileTree tree = new FileTree(roots, manifests::shared);
    tree.scan();
    return manifests.load(tree.sources());
  }

  /** Tells whether two moments have the same files; those that cannot be read are left out. */
  public String digest() {
    FileTree tree = new FileTree(roots, UnaryOperator.identity());
    tree.scan();
    return tree.sources().digest();
  }

  static boolean isConfig(Path name) {
    return NAME.matcher(name.toString()).matches();
  }
}
