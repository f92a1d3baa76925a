package dev.weir.canary;

import org.jspecify.annotations.Nullable;

/** Correct for javac, wrong for NullAway: the length of what may be null. */
final class Canary {
  private Canary() {}

  static int length(@Nullable String text) {
    return text.length();
  }
}
