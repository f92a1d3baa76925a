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
 * Reads texts of YAML or JSON into trees, part by part. A document that cannot be read is a
 * problem; those after it in the same text are read all the same. Never throws, whatever the text,
 * but {@link Unreadable}.
 */
public final class DocumentReader {
  /** Largest text, in bytes. */
  public static final int MAX_BYTES = 32 << 20;

  /** Deepest nesting. */
  static final int MAX_DEPTH = 64;

  /** Most values in one document, those that aliases repeat included. */
  static final int MAX_VALUES = 1 << 20;

  private DocumentReader() {}

  /** The documents of a text of JSON. */
  static Documents readJson(String name, String text) {
    try {
      return new Documents(JsonText.parse(text), List.of());
    } catch (Unreadable unreadable) {
      return new Documents(List.of(), List.of(unreadable.problem(name)));
    }
  }

  /**
   * What one part of a text of YAML holds.
   *
   * @param firstLine its number, from which the lines of trees and problems are counted
   */
  static Documents readYaml(String name, String part, int firstLine) {
    try {
      return new Documents(YamlParser.parse(part, firstLine), List.of());
    } catch (Unreadable unreadable) {
      return new Documents(List.of(), List.of(unreadable.problem(name)));
    }
  }

  /**
   * A text as characters.
   *
   * @throws Unreadable if it is too large, or not UTF-8
   */
  static String text(SourceText source) throws Unreadable {
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

  /**
   * Cuts a text of YAML at the lines that begin with {@code ---}: they are the begin of a document
   * wherever they stand, within a broken one too. A part is one document with its directives.
   */
  static List<String> split(String text) {
    List<String> parts = new ArrayList<>();
    int start = 0;
    boolean content = false;
    for (int at = 0; at < text.length(); ) {
      int end = text.indexOf('\n', at);
      end = end < 0 ? text.length() : end + 1;
      if (isMarker(text, at)) {
        if (content) {
          parts.add(text.substring(start, at));
          start = at;
        }
        content = true;
      } else {
        content = content || isContent(text, at, end);
      }
      at = end;
    }
    if (start < text.length()) {
      parts.add(text.substring(start));
    }
    return parts;
  }

  /** Whether a document begins at a line. */
  static boolean isMarker(String text, int at) {
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

    /** The same for people. */
    Problem problem(String file) {
      return new Problem(Severity.ERROR, reason, what, null, "", new Location(file, line));
    }
  }
}
