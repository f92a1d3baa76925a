package dev.weir.controlplane.decode;

import dev.weir.controlplane.decode.DocumentReader.Unreadable;
import dev.weir.core.problem.Problem;
import dev.weir.core.problem.Problem.Location;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A text and what its documents hold. After an edit, only documents whose words changed are decoded
 * again: what a document holds does not depend on where in the file it stands. Immutable.
 */
public final class DecodedText {
  private final SourceText source;
  private final List<Part> parts;
  private final boolean troubled;

  /**
   * A document, or whatever stands between two lines that begin with {@code ---}.
   *
   * @param length in characters; 0 if the text cannot be read
   * @param lines how many it has
   * @param decoded what it holds, as if it began in line 1
   */
  private record Part(int length, int lines, List<Decoded> decoded) {
    Part {
      decoded = List.copyOf(decoded);
    }

    static Part of(String text, List<Decoded> decoded) {
      int lines = 0;
      for (int at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) {
        lines++;
      }
      return new Part(text.length(), lines, decoded);
    }

    boolean troubled() {
      return decoded.stream().anyMatch(each -> !each.problems().isEmpty());
    }
  }

  /** Is shown what a text holds, in order. */
  @FunctionalInterface
  public interface Visitor {
    /**
     * An object, or what stands in the place of one.
     *
     * @param decoded see {@link #located}
     * @param above lines of the text above its part
     */
    void visit(Decoded decoded, int above);
  }

  private DecodedText(SourceText source, List<Part> parts) {
    this.source = source;
    this.parts = parts;
    this.troubled = parts.stream().anyMatch(Part::troubled);
  }

  static DecodedText of(SourceText source, ObjectDecoder decoder) {
    return new DecodedText(source, List.of()).edited(source, decoder);
  }

  /** The text itself. */
  public SourceText source() {
    return source;
  }

  /** Whether there is a problem in it. */
  public boolean troubled() {
    return troubled;
  }

  DecodedText edited(SourceText edited, ObjectDecoder decoder) {
    String text;
    try {
      text = DocumentReader.text(edited);
    } catch (Unreadable unreadable) {
      return new DecodedText(edited, List.of(unreadable(edited, unreadable)));
    }
    if (edited.isJson()) {
      Documents documents = DocumentReader.readJson(edited.name(), text);
      return new DecodedText(edited, List.of(Part.of(text, decoder.decode(documents, edited))));
    }
    String old = parts.isEmpty() ? "" : text();
    int head = 0;
    int begin = 0;
    while (head < parts.size() && ends(text, old, begin, parts.get(head).length)) {
      begin += parts.get(head++).length;
    }
    int tail = parts.size();
    int end = text.length();
    int oldEnd = old.length();
    while (tail > head && begins(text, begin, end, old, oldEnd, parts.get(tail - 1).length)) {
      int length = parts.get(--tail).length;
      end -= length;
      oldEnd -= length;
    }
    List<Part> next = new ArrayList<>(parts.subList(0, head));
    Map<String, Part> known = new HashMap<>();
    int at = begin;
    for (Part part : parts.subList(head, tail)) {
      known.put(old.substring(at, at + part.length), part);
      at += part.length;
    }
    for (String each : DocumentReader.split(text.substring(begin, end))) {
      Part part = known.get(each);
      next.add(
          part != null
              ? part
              : Part.of(
                  each, decoder.decode(DocumentReader.readYaml(edited.name(), each, 1), edited)));
    }
    next.addAll(parts.subList(tail, parts.size()));
    return new DecodedText(edited, next);
  }

  /** The text as characters, none if it cannot be read: kept as bytes alone, it takes less. */
  private String text() {
    try {
      return DocumentReader.text(source);
    } catch (Unreadable unreadable) {
      return "";
    }
  }

  /** Whether the part that the old text has at {@code begin} is there, and is over there, too. */
  private static boolean ends(String text, String old, int begin, int length) {
    int end = begin + length;
    return length > 0
        && text.regionMatches(begin, old, begin, length)
        && (end == text.length() || DocumentReader.isMarker(text, end));
  }

  /** Whether the part before {@code oldEnd} stands before {@code end}, and begins where it does. */
  private static boolean begins(
      String text, int earliest, int end, String old, int oldEnd, int length) {
    int begin = end - length;
    return length > 0
        && begin >= earliest
        && text.regionMatches(begin, old, oldEnd - length, length)
        && (begin == 0 || DocumentReader.isMarker(text, begin));
  }

  private static Part unreadable(SourceText source, Unreadable unreadable) {
    Problem problem = unreadable.problem(source.name());
    Location place = new Location(source.name(), unreadable.line);
    return new Part(0, 0, List.of(new Decoded(null, place, null, List.of(problem))));
  }

  /** Shows all that the text holds. */
  public void visit(Visitor visitor) {
    int above = 0;
    for (Part part : parts) {
      for (Decoded decoded : part.decoded) {
        visitor.visit(decoded, above);
      }
      above += part.lines;
    }
  }

  /**
   * Tells what this text holds that {@code that} does not, and the reverse: parts that are in both
   * are passed over.
   */
  public void compare(DecodedText that, Consumer<Decoded> here, Consumer<Decoded> there) {
    int head = 0;
    int ours = parts.size();
    int theirs = that.parts.size();
    while (head < Math.min(ours, theirs) && same(parts.get(head), that.parts.get(head))) {
      head++;
    }
    while (Math.min(ours, theirs) > head && same(parts.get(ours - 1), that.parts.get(theirs - 1))) {
      ours--;
      theirs--;
    }
    tell(parts.subList(head, ours), that.parts.subList(head, theirs), here);
    tell(that.parts.subList(head, theirs), parts.subList(head, ours), there);
  }

  private static void tell(List<Part> some, List<Part> but, Consumer<Decoded> told) {
    IdentityHashMap<Part, Integer> known = new IdentityHashMap<>();
    but.forEach(part -> known.merge(part, 1, Integer::sum));
    for (Part part : some) {
      // One that stands here more often than there is told of.
      if (known.merge(part, -1, Integer::sum) < 0) {
        part.decoded.forEach(told);
      }
    }
  }

  @SuppressWarnings("ReferenceEquality") // parts are taken over as they are
  private static boolean same(Part one, Part other) {
    return one == other;
  }

  /** All that it holds. */
  List<Decoded> decoded() {
    List<Decoded> all = new ArrayList<>();
    visit((decoded, above) -> all.add(located(decoded, above)));
    return all;
  }

  /** The same with its lines counted from the beginning of the text. */
  public static Decoded located(Decoded decoded, int above) {
    return above == 0
        ? decoded
        : new Decoded(
            decoded.ref(),
            below(decoded.location(), above),
            decoded.content(),
            decoded.problems().stream().map(problem -> located(problem, above)).toList());
  }

  private static Problem located(Problem problem, int above) {
    Location location = problem.location();
    return location == null ? problem : problem.at(below(location, above));
  }

  private static Location below(Location location, int above) {
    return new Location(location.file(), location.line() + above);
  }
}
