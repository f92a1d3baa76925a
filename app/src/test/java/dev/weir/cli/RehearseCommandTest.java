package dev.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class RehearseCommandTest {
  @Test
  void servesItselfAndStops() {
    StringWriter errors = new StringWriter();

    int status =
        new CommandLine(new Main()).setErr(new PrintWriter(errors, true)).execute("rehearse");

    assertThat(status).as(errors.toString()).isZero();
  }

  @Test
  void isNotForPeople() {
    assertThat(new CommandLine(new Main()).getUsageMessage()).doesNotContain("rehearse");
  }
}
