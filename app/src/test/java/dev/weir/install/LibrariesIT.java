package dev.weir.install;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;

/** What the build has put in one jar, against the libraries that it comes from. */
class LibrariesIT {
  private static final Pattern LEGAL =
      Pattern.compile("META-INF/(?!maven/|versions/)(.*(?i:license|notice).*)");

  @Test
  void nothingOfTheLibrariesIsLost() throws IOException {
    List<Path> libraries =
        Arrays.stream(
                Files.readString(Path.of("target/library-path")).strip().split(File.pathSeparator))
            .map(Path::of)
            .toList();
    assertThat(libraries).hasSizeGreaterThan(50);
    try (ZipFile all = new ZipFile("target/lib/libraries.jar")) {
      for (Path library : libraries) {
        try (JarFile one = open(library)) {
          for (JarEntry entry : one.versionedStream().toList()) {
            compare(library.getFileName().toString().replace(".jar", ""), one, entry, all);
          }
        }
      }
    }
  }

  private static JarFile open(Path library) throws IOException {
    return new JarFile(library.toFile(), false, ZipFile.OPEN_READ, Runtime.version());
  }

  private static void compare(String library, JarFile one, JarEntry entry, ZipFile all)
      throws IOException {
    String name = entry.getName();
    if (entry.isDirectory() || name.equals("module-info.class")) {
      return;
    }
    if (name.startsWith("META-INF/services/")) {
      assertThat(text(all, name).lines()).as(name).containsAll(text(one, name).lines().toList());
    } else if (LEGAL.matcher(name).matches()) {
      assertThat(
              bytes(all, LEGAL.matcher(name).replaceFirst("META-INF/libraries/" + library + "/$1")))
          .as("%s of %s", name, library)
          .isEqualTo(one.getInputStream(entry).readAllBytes());
    } else if (name.endsWith(".class")) {
      byte[] expected = one.getInputStream(entry).readAllBytes();
      byte[] actual = bytes(all, name);
      // The oldest are rewritten for the archive of classes, which takes none of before Java 6.
      boolean old = expected[7] < 50;
      assertThat(actual[7]).as(name).isEqualTo(old ? (byte) 52 : expected[7]);
      assertThat(old || Arrays.equals(actual, expected)).as(name).isTrue();
    }
  }

  private static byte[] bytes(ZipFile jar, String name) throws IOException {
    assertThat(jar.getEntry(name)).as(name).isNotNull();
    return jar.getInputStream(jar.getEntry(name)).readAllBytes();
  }

  private static String text(ZipFile jar, String name) throws IOException {
    return new String(bytes(jar, name), StandardCharsets.UTF_8);
  }
}
