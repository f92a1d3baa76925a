package dev.weir.controlplane.decode;

import com.google.re2j.Pattern;
import dev.weir.core.api.schema.Items;
import dev.weir.core.api.schema.Length;
import dev.weir.core.api.schema.OneOf;
import dev.weir.core.api.schema.Range;
import java.lang.annotation.Annotation;
import java.lang.reflect.AnnotatedElement;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The limits that annotations set to a type; those of annotations on annotations included. */
record Constraints(
    @Nullable Length length,
    dev.weir.core.api.schema.@Nullable Pattern pattern,
    @Nullable Pattern compiled,
    List<String> oneOf,
    @Nullable Range range,
    @Nullable Items items) {

  private static final int SHOWN = 80;

  static Constraints of(AnnotatedElement type) {
    var pattern = find(type, dev.weir.core.api.schema.Pattern.class);
    OneOf oneOf = find(type, OneOf.class);
    return new Constraints(
        find(type, Length.class),
        pattern,
        pattern == null ? null : Pattern.compile(pattern.value()),
        oneOf == null ? List.of() : List.of(oneOf.value()),
        find(type, Range.class),
        find(type, Items.class));
  }

  private static <A extends Annotation> @Nullable A find(AnnotatedElement type, Class<A> wanted) {
    A direct = type.getAnnotation(wanted);
    if (direct != null) {
      return direct;
    }
    for (Annotation annotation : type.getAnnotations()) {
      A indirect = annotation.annotationType().getAnnotation(wanted);
      if (indirect != null) {
        return indirect;
      }
    }
    return null;
  }

  /** Whether the text keeps the limits; if not, says so. */
  boolean allow(String text, Tree tree, Path path, Findings findings) {
    int characters = text.codePointCount(0, text.length());
    if (length != null && characters < length.min()) {
      findings.error(
          "TooShort",
          path,
          tree.line(),
          length.min() == 1 ? "must not be empty" : "at least " + length.min() + " characters");
      return false;
    }
    if (length != null && characters > length.max()) {
      findings.error(
          "TooLong",
          path,
          tree.line(),
          "%d characters, at most %d are allowed".formatted(characters, length.max()));
      return false;
    }
    if (!allowValue(text, tree, path, findings)) {
      return false;
    }
    if (compiled != null && pattern != null && !compiled.matcher(text).find()) {
      findings.error(
          "InvalidValue",
          path,
          tree.line(),
          "expected %s, found %s".formatted(pattern.means(), quote(text)));
      return false;
    }
    return true;
  }

  /** Whether the number keeps the limits; if not, says so. */
  boolean allow(long number, Tree tree, Path path, Findings findings) {
    if (!allowValue(Long.toString(number), tree, path, findings)) {
      return false;
    }
    if (range == null || (number >= range.min() && number <= range.max())) {
      return true;
    }
    String allowed =
        range.max() == Long.MAX_VALUE
            ? "at least " + range.min()
            : "between %d and %d".formatted(range.min(), range.max());
    findings.error(
        "OutOfRange", path, tree.line(), "must be %s, found %d".formatted(allowed, number));
    return false;
  }

  private boolean allowValue(String text, Tree tree, Path path, Findings findings) {
    if (oneOf.isEmpty() || oneOf.contains(text)) {
      return true;
    }
    unknownValue(text, oneOf, tree, path, findings);
    return false;
  }

  static void unknownValue(
      String text, List<String> known, Tree tree, Path path, Findings findings) {
    String meant = YamlParser.isInteger(text) ? "" : Suggestion.of(text, known);
    findings.error(
        "UnknownValue",
        path,
        tree.line(),
        "expected %s, found %s%s"
            .formatted(
                alternatives(known),
                quote(text),
                meant.isEmpty() ? "" : "; did you mean " + meant + "?"));
  }

  /** Whether a list or map of that size keeps the limits; if not, says so. */
  boolean allowItems(int size, Tree tree, Path path, Findings findings) {
    if (items == null || (size >= items.min() && size <= items.max())) {
      return true;
    }
    if (size == 0) {
      findings.error(
          "MissingField",
          path,
          tree.line(),
          items.min() == 1 ? "at least one is required" : "at least " + items.min());
    } else {
      findings.error(
          "TooMany",
          path,
          tree.line(),
          "%d entries, at most %d are allowed".formatted(size, items.max()));
    }
    return false;
  }

  /** {@code A, B or C}. */
  static String alternatives(List<String> words) {
    int last = words.size() - 1;
    return last == 0
        ? words.getFirst()
        : String.join(", ", words.subList(0, last)) + " or " + words.get(last);
  }

  static String quote(String text) {
    String line = text.lines().findFirst().orElse("");
    boolean cut = line.length() < text.length() || line.length() > SHOWN;
    return "'" + line.substring(0, Math.min(line.length(), SHOWN)) + (cut ? "…'" : "'");
  }
}
