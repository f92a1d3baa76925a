package dev.weir.controlplane.topology;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A set of hosts, as listeners and routes name them: one host ({@code a.example.com}), all hosts
 * under a suffix ({@code *.example.com}: any number of labels, at least one), or all hosts ({@code
 * *}).
 *
 * <p>The natural order is the order of precedence: hosts before wildcards before {@code *}, the
 * longer first.
 *
 * @param text in lower case
 */
public record Hostname(String text) implements Comparable<Hostname> {
  /** All hosts. */
  public static final Hostname ANY = new Hostname("*");

  private static final Comparator<Hostname> PRECEDENCE =
      Comparator.comparing(Hostname::isWildcard)
          .thenComparing(Comparator.comparingInt((Hostname h) -> h.text.length()).reversed())
          .thenComparing(Hostname::text);

  /** The hostname of a field that may be unset or empty, which means all hosts. */
  public static Hostname of(@Nullable String field) {
    return field == null || field.isEmpty() || field.equals("*")
        ? ANY
        : new Hostname(field.toLowerCase(Locale.ROOT));
  }

  /** Whether it stands for more than one host. */
  public boolean isWildcard() {
    return text.startsWith("*");
  }

  /** Whether every host of {@code other} is one of this; true for equal hostnames. */
  public boolean covers(Hostname other) {
    if (equals(other) || equals(ANY)) {
      return true;
    }
    return isWildcard() && other.text.endsWith(text.substring(1));
  }

  /** The wildcards that cover this and are not equal to it, most specific first. */
  public List<Hostname> wider() {
    List<Hostname> wider = new ArrayList<>();
    for (int dot = text.indexOf('.', isWildcard() ? 2 : 0);
        dot >= 0;
        dot = text.indexOf('.', dot + 1)) {
      wider.add(new Hostname("*" + text.substring(dot)));
    }
    if (!equals(ANY)) {
      wider.add(ANY);
    }
    return wider;
  }

  /** The hosts in both, or null if there are none. */
  public @Nullable Hostname intersect(Hostname other) {
    if (covers(other)) {
      return other;
    }
    return other.covers(this) ? this : null;
  }

  @Override
  public int compareTo(Hostname other) {
    return PRECEDENCE.compare(this, other);
  }

  @Override
  public String toString() {
    return text;
  }
}
