package dev.weir.controlplane.files;

import dev.weir.controlplane.decode.DocumentReader;
import dev.weir.controlplane.decode.SourceText;
import dev.weir.core.problem.Problem;
import dev.weir.core.problem.Problem.Location;
import dev.weir.core.problem.Severity;
import java.io.IOException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/**
 * The files below some roots, as they were read last. Never throws: what cannot be read is a
 * problem. Not for concurrent use.
 */
final class FileTree {
  private static final int MAX_DEPTH = 32;

  private final List<Root> roots;
  private final UnaryOperator<SourceText> shared;
  private final List<Problem> problems = new ArrayList<>();
  private final Set<Path> directories = new HashSet<>();

  /** Whether some file is not where its name says. */
  private boolean linked;

  /**
   * A directory, or a single file.
   *
   * @param texts by name
   */
  private record Root(Path path, Path absolute, SortedMap<String, SourceText> texts) {
    static Root of(Path path) {
      return new Root(path, path.toAbsolutePath().normalize(), new TreeMap<>());
    }

    /** What a file is called that begins with this root. */
    Path named(Path file) {
      Path inside = absolute.relativize(file);
      return inside.toString().isEmpty() ? path : path.resolve(inside);
    }
  }

  /**
   * A tree of which nothing is read yet.
   *
   * @param shared gives for a text the same one that is in memory already, or else itself
   */
  FileTree(List<Path> roots, UnaryOperator<SourceText> shared) {
    this.roots = roots.stream().map(Root::of).toList();
    this.shared = shared;
  }

  /** All texts, root by root and by name, each once: a root may lie within another. */
  Sources sources() {
    List<SourceText> texts = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (Root root : roots) {
      for (SourceText text : root.texts.values()) {
        if (roots.size() == 1 || names.add(text.name())) {
          texts.add(text);
        }
      }
    }
    return new Sources(texts, problems);
  }

  /** Directories that have files, or to which links led. */
  Set<Path> directories() {
    return directories;
  }

  /** Reads everything. */
  void scan() {
    problems.clear();
    directories.clear();
    linked = false;
    for (Root root : roots) {
      root.texts.clear();
      List<Path> files = new ArrayList<>();
      if (Files.isDirectory(root.path)) {
        walk(root.path, files);
        files.sort(Comparator.comparing(Path::toString));
      } else {
        files.add(root.path);
      }
      files.forEach(file -> read(root, file));
    }
  }

  /**
   * Reads what changed.
   *
   * @param touched absolute paths of entries of {@link #directories} that came, went or were
   *     written
   * @return whether that could be done: directories and links need a {@link #scan}
   */
  boolean follow(Set<Path> touched) {
    if (linked || !problems.isEmpty()) {
      return false;
    }
    for (Path file : touched) {
      if (directories.contains(file)
          || Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)
          || Files.isSymbolicLink(file)) {
        return false;
      }
      for (Root root : roots) {
        if (file.startsWith(root.absolute) && !follow(root, root.named(file))) {
          return false;
        }
      }
    }
    return true;
  }

  private boolean follow(Root root, Path file) {
    if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      if (file.equals(root.path) || ConfigFiles.isConfig(file.getFileName())) {
        read(root, file);
      }
      return problems.isEmpty();
    }
    // A root that is gone is a problem, and anything else that is not a file no configuration.
    root.texts.remove(file.toString());
    return !file.equals(root.path);
  }

  private void walk(Path root, List<Path> files) {
    try {
      Files.walkFileTree(
          root,
          EnumSet.of(FileVisitOption.FOLLOW_LINKS),
          MAX_DEPTH,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path dir, BasicFileAttributes attributes) {
              if (!dir.equals(root) && isHidden(dir)) {
                return FileVisitResult.SKIP_SUBTREE;
              }
              directories.add(dir.toAbsolutePath().normalize());
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
              boolean readable = attributes.isRegularFile() || attributes.isSymbolicLink();
              if (readable && ConfigFiles.isConfig(file.getFileName())) {
                files.add(file);
              }
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException failure) {
              if (!(failure instanceof FileSystemLoopException) && !isHidden(file)) {
                problem(file, "Unreadable", failure);
              }
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      problem(root, "Unreadable", e);
    }
  }

  private static boolean isHidden(Path path) {
    return path.getFileName().toString().startsWith(".");
  }

  private void read(Root root, Path file) {
    try {
      Path real = file.toRealPath();
      linked |= !real.equals(file.toAbsolutePath().normalize());
      Path parent = real.getParent();
      if (parent != null) {
        directories.add(parent);
      }
      long size = Files.size(file);
      if (size > DocumentReader.MAX_BYTES) {
        problem(
            file,
            "TooLarge",
            "%d bytes, at most %d are read: split the file"
                .formatted(size, DocumentReader.MAX_BYTES));
      } else {
        String name = file.toString();
        root.texts.put(name, shared.apply(new SourceText(name, Files.readAllBytes(file))));
      }
    } catch (NoSuchFileException e) {
      problem(file, "Unreadable", "there is no such file or directory");
    } catch (IOException e) {
      problem(file, "Unreadable", e);
    }
  }

  private void problem(Path file, String reason, IOException failure) {
    problem(file, reason, "cannot be read: " + failure);
  }

  private void problem(Path file, String reason, String message) {
    problems.add(
        new Problem(Severity.ERROR, reason, message, null, "", new Location(file.toString(), 1)));
  }
}
