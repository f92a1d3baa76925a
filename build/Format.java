import com.google.googlejavaformat.java.Formatter;
import com.google.googlejavaformat.java.FormatterException;
import com.google.googlejavaformat.java.ImportOrderer;
import com.google.googlejavaformat.java.JavaFormatterOptions;
import com.google.googlejavaformat.java.RemoveUnusedImports;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Formats the Java sources below a directory: {@code Format ROOT [--check] [FILE...]}.
 *
 * <p>google-java-format works on the syntax tree of the javac it runs on. Run inside Maven it would
 * be bound to the JDK of Maven, which may be older than the language level of Weir; so this program
 * is started on the JDK that also compiles.
 */
final class Format {
  private static final Set<String> SKIPPED = Set.of("target", ".git", "node_modules");

  private final Formatter formatter =
      new Formatter(JavaFormatterOptions.builder().formatJavadoc(true).build());
  private final List<String> unformatted = new ArrayList<>();
  private final List<String> broken = new ArrayList<>();

  public static void main(String[] args) throws IOException {
    var options = new ArrayList<>(List.of(args));
    Path root = Path.of(options.removeFirst());
    boolean check = options.remove("--check");
    List<Path> files = options.isEmpty() ? sources(root) : options.stream().map(Path::of).toList();

    var format = new Format();
    for (Path file : files) {
      format.visit(root, file, check);
    }
    format.broken.forEach(System.err::println);
    if (check && !format.unformatted.isEmpty()) {
      System.err.println("These files are not formatted; run ./format:");
      format.unformatted.forEach(name -> System.err.println("  " + name));
    }
    System.exit(format.broken.isEmpty() && (!check || format.unformatted.isEmpty()) ? 0 : 1);
  }

  private void visit(Path root, Path file, boolean check) throws IOException {
    String before = Files.readString(file);
    Path absolute = file.toAbsolutePath();
    String name = (absolute.startsWith(root) ? root.relativize(absolute) : absolute).toString();
    try {
      String imports =
          ImportOrderer.reorderImports(
              RemoveUnusedImports.removeUnusedImports(before), JavaFormatterOptions.Style.GOOGLE);
      String after = formatter.formatSource(imports);
      if (!after.equals(before)) {
        unformatted.add(name);
        if (!check) {
          Files.writeString(file, after);
        }
      }
    } catch (FormatterException e) {
      broken.add(name + ":" + e.getMessage());
    }
  }

  private static List<Path> sources(Path root) throws IOException {
    var found = new ArrayList<Path>();
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path dir, BasicFileAttributes attributes) {
            return SKIPPED.contains(dir.getFileName().toString())
                ? FileVisitResult.SKIP_SUBTREE
                : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (file.toString().endsWith(".java")) {
              found.add(file);
            }
            return FileVisitResult.CONTINUE;
          }
        });
    found.sort(null);
    return found;
  }
}
