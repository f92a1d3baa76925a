package dev.weir.proxy.http.h2;

/**
 * The streams reset last. What the peer sent on them before it knew is not an error and is ignored
 * (RFC 9113, section 5.1).
 */
final class ResetIds {
  private final int[] ids = new int[64];
  private int next;

  void add(int id) {
    ids[next] = id;
    next = (next + 1) % ids.length;
  }

  boolean contains(int id) {
    for (int reset : ids) {
      if (reset == id) {
        return true;
      }
    }
    return false;
  }
}
