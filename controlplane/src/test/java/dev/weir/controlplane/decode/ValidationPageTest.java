package dev.weir.controlplane.decode;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.controlplane.state.StandardTypes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The example of {@code docs/validation.md} is what Weir says. */
class ValidationPageTest {
  private static final Path PAGE = Path.of("../docs/validation.md");

  @Test
  void theFindingsAreThoseOfTheObject() throws IOException {
    String page = Files.readString(PAGE);
    SourceText example = SourceText.of("shop.yaml", block(page, "yaml"));

    List<String> findings =
        new ObjectDecoder(StandardTypes.ALL)
            .decode(example).stream()
                .flatMap(decoded -> decoded.problems().stream())
                .map(Object::toString)
                .toList();

    assertThat(findings).isEqualTo(block(page, "text").lines().toList());
  }

  private static String block(String page, String language) {
    String begin = "```" + language + "\n";
    int from = page.indexOf(begin) + begin.length();
    return page.substring(from, page.indexOf("```", from));
  }
}
