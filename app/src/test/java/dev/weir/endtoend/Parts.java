package dev.weir.endtoend;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Writes down which programs and libraries of other projects a test class really ran against Weir:
 * {@code target/independent-parts/<class>.txt}, and on standard output.
 */
final class Parts implements AfterAllCallback {
  private static final Path DIRECTORY = Path.of("target/independent-parts");

  private final Map<String, String> lines = new TreeMap<>();

  /** Such a part did its work. */
  synchronized void ran(String part, String version) {
    lines.put(part, version.strip());
  }

  @Override
  public void afterAll(ExtensionContext context) throws IOException {
    String test = context.getRequiredTestClass().getSimpleName();
    StringBuilder text = new StringBuilder();
    synchronized (this) {
      lines.forEach((part, version) ->
          text.append(test).append(": ").append(part).append(" ").append(version).append('\n'));
    }
    Files.createDirectories(DIRECTORY);
    Files.writeString(DIRECTORY.resolve(test + ".txt"), text);
    System.out.print(text);
  }
}
