package dev.weir.controlplane.files;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Reading what changed must come to the same as reading everything. */
class FileTreeTest {
  private static final int CHANGES = 400;
  private static final List<String> NAMES =
      List.of("a.yaml", "b.json", "c.yml", "d.txt", ".e.yaml");

  @TempDir Path dir;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void histories(long seed) throws IOException {
    Random random = new Random(seed);
    List<Path> roots = List.of(dir, Files.createDirectories(dir.resolve("x")));
    FileTree followed = new FileTree(roots, UnaryOperator.identity());
    followed.scan();
    int followable = 0;
    for (int i = 0; i < CHANGES; i++) {
      Set<Path> touched = new HashSet<>();
      for (int n = random.nextInt(3); n >= 0; n--) {
        change(random, touched);
      }
      if (followed.follow(touched)) {
        followable++;
      } else {
        followed.scan();
      }
      FileTree fresh = new FileTree(roots, UnaryOperator.identity());
      fresh.scan();
      assertThat(texts(followed)).as("seed %d, change %d", seed, i).isEqualTo(texts(fresh));
      assertThat(followed.sources().problems())
          .as("seed %d, change %d", seed, i)
          .isEqualTo(fresh.sources().problems());
    }
    assertThat(followable).isBetween(CHANGES / 20, CHANGES - 1);
  }

  @Test
  void whatIsWrittenIsReadAlone() throws IOException {
    Path file = Files.writeString(dir.resolve("a.yaml"), "1");
    Path other = Files.writeString(dir.resolve("b.yaml"), "1");
    FileTree tree = new FileTree(List.of(dir), UnaryOperator.identity());
    tree.scan();
    Files.writeString(file, "2");
    Files.writeString(other, "2");
    assertThat(tree.follow(Set.of(file))).isTrue();
    assertThat(texts(tree)).containsExactly(file + "=2", other + "=1");
  }

  private static List<String> texts(FileTree tree) {
    return tree.sources().texts().stream()
        .map(text -> text.name() + "=" + new String(text.content(), StandardCharsets.UTF_8))
        .toList();
  }

  private void change(Random random, Set<Path> touched) throws IOException {
    Path folder = random.nextBoolean() ? dir : dir.resolve(random.nextBoolean() ? "x" : "y");
    Path path = folder.resolve(NAMES.get(random.nextInt(NAMES.size())));
    switch (random.nextInt(12)) {
      case 0 -> delete(path, touched);
      case 1 -> {
        Path target = folder.resolve(NAMES.get(random.nextInt(NAMES.size())));
        if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
          Files.move(path, target, StandardCopyOption.ATOMIC_MOVE);
          touched.add(path);
          touched.add(target);
        }
      }
      case 2 -> {
        Path folderOfLink = dir.resolve("y");
        if (random.nextInt(4) == 0) {
          delete(folderOfLink, touched);
        } else if (!Files.exists(folderOfLink, LinkOption.NOFOLLOW_LINKS)) {
          Files.createDirectory(folderOfLink);
          touched.add(folderOfLink);
        }
      }
      case 3 -> {
        Path link = dir.resolve("link.yaml");
        if (random.nextBoolean()) {
          delete(link, touched);
        } else if (!Files.exists(link, LinkOption.NOFOLLOW_LINKS)) {
          Files.createSymbolicLink(link, Path.of("a.yaml"));
          touched.add(link);
        }
      }
      default -> {
        if (Files.isDirectory(folder)) {
          Files.writeString(path, Integer.toString(random.nextInt(1000)));
          touched.add(path);
        }
      }
    }
  }

  private static void delete(Path path, Set<Path> touched) throws IOException {
    if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
      try (var entries = Files.list(path)) {
        for (Path entry : entries.toList()) {
          delete(entry, touched);
        }
      }
    }
    if (Files.deleteIfExists(path)) {
      touched.add(path);
    }
  }

  @Test
  void checksumsTellFilesApart() throws IOException {
    ConfigFiles files = new ConfigFiles(List.of(dir));
    Files.writeString(dir.resolve("a.yaml"), "x: 1");
    Files.writeString(dir.resolve("ignored.txt"), "1");
    String first = files.read().checksum();

    Manifests manifests = new Manifests(List.of(), InstantSource.system());
    assertThat(files.load(manifests).checksum()).isEqualTo(first);
    Files.writeString(dir.resolve("ignored.txt"), "2");
    assertThat(files.read().checksum()).isEqualTo(first);
    Files.writeString(dir.resolve("a.yaml"), "x: 2");
    String edited = files.read().checksum();
    assertThat(files.load(manifests).checksum()).isEqualTo(edited);
    Files.move(dir.resolve("a.yaml"), dir.resolve("b.yaml"));
    assertThat(List.of(first, edited, files.read().checksum())).doesNotHaveDuplicates();
  }
}
