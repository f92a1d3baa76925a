package dev.weir.proxy.compile;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds the elements of a list in an earlier version of it. Takes no memory as long as both are in
 * the same order and few elements differ.
 */
final class Kept<E> {
  /** How many elements in a row may be gone, or new, before all are looked at. */
  private static final int FEW = 4;

  private final List<E> earlier;
  private int next;
  private int misses;
  private @Nullable Map<E, Integer> all;

  Kept(List<E> earlier) {
    this.earlier = earlier;
  }

  /** Where the element stood, or -1 if it is new. Elements have to be asked for in their order. */
  int find(E element) {
    for (int i = next; i < Math.min(next + FEW, earlier.size()); i++) {
      if (earlier.get(i).equals(element)) {
        next = i + 1;
        misses = 0;
        return i;
      }
    }
    if (++misses < FEW) {
      return -1;
    }
    if (all == null) {
      all = HashMap.newHashMap(earlier.size());
      for (int i = 0; i < earlier.size(); i++) {
        all.put(earlier.get(i), i);
      }
    }
    Integer found = all.get(element);
    if (found == null) {
      return -1;
    }
    next = found + 1;
    misses = 0;
    return found;
  }
}
