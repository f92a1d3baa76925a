package dev.weir.proxy.http.h1;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The cases of {@code requests.txt}. */
public final class Requests {
  private Requests() {}

  /**
   * One case.
   *
   * @param arriving how many requests must reach a receiver
   * @param status of the refusal, or null for none
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Case(String name, int arriving, @Nullable String status, byte[] bytes) {
    @Override
    public String toString() {
      return name;
    }
  }

  /** All of them. */
  public static List<Case> all() {
    return lines("requests.txt").map(Requests::parse).toList();
  }

  /** The lines of a corpus without its comments. */
  static Stream<String> lines(String resource) {
    try (InputStream in = Requests.class.getResourceAsStream(resource)) {
      String text = new String(in.readAllBytes(), StandardCharsets.US_ASCII);
      return Arrays.stream(text.split("\n"))
          .filter(line -> !line.isBlank() && !line.startsWith("#"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Case parse(String line) {
    String[] parts = line.split(" \\| ", 3);
    String outcome = parts[0];
    int arriving = outcome.startsWith("(") ? outcome.charAt(1) - '0' : 0;
    String status = outcome.startsWith("(") ? outcome.substring(3) : outcome;
    return new Case(
        parts[1], arriving, status.isEmpty() ? null : status, Peer.bytes(unescape(parts[2])));
  }

  static String unescape(String text) {
    StringBuilder result = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '$') {
        result.append("\r\n");
      } else if (c != '\\') {
        result.append(c);
      } else {
        char kind = text.charAt(++i);
        switch (kind) {
          case 'r' -> result.append('\r');
          case 'n' -> result.append('\n');
          case 't' -> result.append('\t');
          case '0' -> result.append('\0');
          case '\\' -> result.append('\\');
          case 'x' -> {
            result.append((char) Integer.parseInt(text.substring(i + 1, i + 3), 16));
            i += 2;
          }
          default -> throw new IllegalArgumentException(text);
        }
      }
    }
    return result.toString();
  }
}
