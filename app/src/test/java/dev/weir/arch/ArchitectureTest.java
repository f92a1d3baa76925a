package dev.weir.arch;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Holds the rules of docs/architecture.md. */
class ArchitectureTest {
  private static final JavaClasses WEIR =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .withImportOption(ArchitectureTest::isWritten)
          .importPackages("dev.weir");

  /** The messages of Envoy's API are generated. */
  private static boolean isWritten(Location location) {
    return !location.contains("/dev/weir/envoy/") && !location.contains("/dev/weir/xds/");
  }

  static List<Rule> rules() {
    return Stream.of(ModuleRules.rules(), TypeRules.rules(), PurityRules.rules(), LoopRules.rules())
        .flatMap(List::stream)
        .toList();
  }

  @ParameterizedTest
  @MethodSource("rules")
  void weirKeeps(Rule rule) {
    rule.rule().allowEmptyShould(true).check(WEIR);
  }

  @ParameterizedTest
  @MethodSource("rules")
  void counterexampleBreaks(Rule rule, @TempDir Path classes) throws IOException {
    compile(rule.counterexample(), classes);
    JavaClasses bad = new ClassFileImporter().importPath(classes);

    assertThat(rule.rule().evaluate(bad).hasViolation()).isTrue();
  }

  @Test
  void allModulesAreLookedAt() {
    assertThat(WEIR.stream().map(type -> type.getPackageName().split("\\.", 4)[2]).distinct())
        .contains("core", "features", "controlplane", "proxy", "cli");
    assertThat(WEIR.stream().map(type -> type.getSource().orElseThrow().getUri().toString()))
        .noneMatch(uri -> uri.contains("test-classes"));
  }

  private static void compile(String sources, Path classes) throws IOException {
    var units = new ArrayList<JavaFileObject>();
    for (String source : sources.split("(?m)^---$", -1)) {
      units.add(new Source(source));
    }
    var messages = new StringWriter();
    List<String> options =
        List.of("-d", classes.toString(), "-cp", System.getProperty("java.class.path"));
    boolean compiled =
        Objects.requireNonNull(ToolProvider.getSystemJavaCompiler(), "tests need a JDK")
            .getTask(messages, null, null, options, null, units)
            .call();
    assertThat(compiled).as(messages.toString()).isTrue();
  }

  /** Java source in memory. */
  private static final class Source extends SimpleJavaFileObject {
    private static final Pattern NAME =
        Pattern.compile("package ([\\w.]+);.*?class (\\w+)", Pattern.DOTALL);
    private final String text;

    Source(String text) {
      super(URI.create("string:///" + path(text)), Kind.SOURCE);
      this.text = text;
    }

    private static String path(String text) {
      Matcher name = NAME.matcher(text);
      assertThat(name.find()).as("package and class in: %s", text).isTrue();
      return (name.group(1) + "." + name.group(2)).replace('.', '/') + ".java";
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return text;
    }
  }
}
