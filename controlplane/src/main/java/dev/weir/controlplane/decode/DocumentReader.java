package dev.weir.controlplane.decode;

import dev.weir.core.problem.Problem;
import dev.weir.core.problem.Problem.Location;
import dev.weir.core.problem.Severity;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads texts of YAML or JSON into trees. A document that cannot be read is a problem; those after
 * it in the same text are read all the same.
 */
public final class DocumentReader {
  /** Largest text, in bytes. */
  public static final int MAX_BYTES = 32 << 20;

  /** Deepest nesting. */
  static final int MAX_DEPTH = 64;

  /** Most values in one document, those that aliases repeat included. */
  static final int MAX_VALUES = 1 << 20;

  private DocumentReader() {}

  /** Never throws, whatever the text. */
  public static Documents read(SourceText source) {
    List<Tree> roots = new ArrayList<>();
    List<Problem> problems = new ArrayList<>();
    try {
      String text = text(source);
      if (source.name().endsWith(".json")) {
        roots.addAll(JsonText.parse(text));
        return new Documents(roots, problems);
      }
      for (Chunk chunk : chunks(text)) {
        try {
          roots.addAll(YamlParser.parse(chunk.text, chunk.line));
        } catch (Unreadable unreadable) {
          problems.add(problem(source, unreadable));
        }
      }
    } catch (Unreadable unreadable) {
      problems.add(problem(source, unreadable));
    }
    return new Documents(roots, problems);
  }

  private static Problem problem(SourceText source, Unreadable unreadable) {
    return new Problem(
        Severity.ERROR,
        unreadable.reason,
        unreadable.what,
        null,
        "",
        new Location(source.name(), unreadable.line));
  }

  private static String text(SourceText source) throws Unreadable {
    byte[] content = source.content();
    if (content.length > MAX_BYTES) {
      throw new Unreadable(
          "TooLarge",
          "%d bytes, at most %d are read: split the file".formatted(content.length, MAX_BYTES),
          1);
    }
    ByteBuffer bytes = ByteBuffer.wrap(content);
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
      return text.startsWith("\uFEFF") ? text.substring(1) : text;
    } catch (CharacterCodingException e) {
      int line = 1;
      for (int i = 0; i < bytes.position(); i++) {
        line += content[i] == '\n' ? 1 : 0;
      }
      throw new Unreadable("NotUtf8", "not UTF-8: save the file with that encoding", line);
    }
  }

  /** A part of the text: one document with its directives. */
  private record Chunk(String text, int line) {}

  /**
   * Cuts at the lines that begin with {@code ---}: YAML takes them for the begin of a document
   * wherever they stand, within a broken one too.
   */
  private static List<Chunk> chunks(String text) {
    List<Chunk> chunks = new ArrayList<>();
    int start = 0;
    int startLine = 1;
    boolean content = false;
    int line = 1;
    for (int at = 0; at < text.length(); line++) {
      int end = text.indexOf('\n', at);
      end = end < 0 ? text.length() : end + 1;
      if (isMarker(text, at)) {
        if (content) {
          chunks.add(new Chunk(text.substring(start, at), startLine));
          start = at;
          startLine = line;
        }
        content = true;
      } else {
        content |= isContent(text, at, end);
      }
      at = end;
    }
    chunks.add(new Chunk(text.substring(start), startLine));
    return chunks;
  }

  private static boolean isMarker(String text, int at) {
    return text.startsWith("---", at)
        && (at + 3 == text.length() || Character.isWhitespace(text.charAt(at + 3)));
  }

  private static boolean isContent(String text, int at, int end) {
    String line = text.substring(at, end);
    return !line.isBlank() && !line.startsWith("#") && !line.startsWith("%");
  }

  /** A document that cannot be read. */
  static final class Unreadable extends Exception {
    final String reason;
    final String what;
    final int line;

    Unreadable(String reason, String message, int line) {
      super(message, null, false, false);
      this.what = message;
      this.reason = reason;
      this.line = line;
    }
  }
}
