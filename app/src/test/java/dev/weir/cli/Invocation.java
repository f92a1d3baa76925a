package dev.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;

/**
 * The end of a command that ran in this process.
 *
 * @param status exit status
 * @param out what it wrote to standard output
 * @param err what it wrote to standard error
 */
record Invocation(int status, String out, String err) {
  /** Runs {@code weir} with these arguments; nothing may be thrown. */
  static Invocation of(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    List<Exception> thrown = new ArrayList<>();
    Main.Asked asked = Main.asked(arguments);
    asked
        .command()
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .setExecutionExceptionHandler((e, commandLine, parsed) -> {
          thrown.add(e);
          return 70;
        });
    int status = asked.execute();
    assertThat(thrown).isEmpty();
    return new Invocation(status, out.toString(), err.toString());
  }
}
