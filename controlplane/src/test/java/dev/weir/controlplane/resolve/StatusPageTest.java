package dev.weir.controlplane.resolve;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** docs/status.md explains everything that Weir says. */
class StatusPageTest {
  private static final Path PAGE = Path.of("../docs/status.md");

  @ParameterizedTest
  @EnumSource
  void explainsEveryReason(ConditionReason reason) throws IOException {
    assertThat(Files.readString(PAGE)).contains("`" + reason.text() + "`");
  }

  @ParameterizedTest
  @EnumSource
  void explainsEveryCondition(ConditionType type) throws IOException {
    assertThat(Files.readString(PAGE)).contains("| `" + type.text() + "`");
  }
}
