package dev.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class RehearseCommandTest {
  @Test
  void servesItselfAndStops() {
    StringWriter errors = new StringWriter();

    int status = Main.commandLine().setErr(new PrintWriter(errors, true)).execute("rehearse");

    assertThat(status).as(errors.toString()).isZero();
  }

  @Test
  void isNotForPeople() {
    assertThat(Main.commandLine().getUsageMessage()).doesNotContain("rehearse");
  }
}
