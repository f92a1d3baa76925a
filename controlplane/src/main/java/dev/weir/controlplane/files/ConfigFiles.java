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
  private static final int MAX_DEPTH = 32;

  public ConfigFiles {
    roots = List.copyOf(roots);
  }

  /** Reads all files. Never throws: what cannot be read is a problem. */
  public Load load(Manifests manifests) {
    return manifests.load(scan().sources());
  }

  static boolean isConfig(Path name) {
    return NAME.matcher(name.toString()).matches();
  }

  /**
   * What was found.
   *
   * @param directories all that were looked into, and those to which links led
   */
  record Scan(Sources sources, Set<Path> directories) {}

  Scan scan() {
    Scanner scanner = new Scanner();
    roots.forEach(scanner::root);
    return new Scan(new Sources(scanner.texts, scanner.problems), scanner.directories);
  }

  private static final class Scanner {
    final List<SourceText> texts = new ArrayList<>();
    final List<Problem> problems = new ArrayList<>();
    final Set<Path> directories = new HashSet<>();

    void root(Path root) {
      List<Path> files = new ArrayList<>();
      if (Files.isDirectory(root)) {
        walk(root, files);
        files.sort(Comparator.comparing(Path::toString));
      } else {
        files.add(root);
      }
      files.forEach(this::read);
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
                directories.add(dir);
                return FileVisitResult.CONTINUE;
              }

              @Override
              public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                boolean readable = attributes.isRegularFile() || attributes.isSymbolicLink();
                if (readable && isConfig(file.getFileName())) {
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

    private void read(Path file) {
      try {
        Path parent = file.toRealPath().getParent();
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
          texts.add(new SourceText(file.toString(), Files.readAllBytes(file)));
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
}
