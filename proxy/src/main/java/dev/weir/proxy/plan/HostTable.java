package dev.weir.proxy.plan;

import dev.weir.core.http.Token;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds what serves a host: the exact name, else the longest wildcard suffix with at least one
 * character before it, else the default. The bytes of the host are looked at once, from the end, so
 * that the hash of every suffix falls off on the way; nothing is allocated. Immutable.
 */
final class HostTable<V> {
  private final Slots<V> exact;
  private final Slots<V> suffixes;

  /** The bytes that suffixes start with: only there the table of suffixes is asked. */
  private final boolean[] startsSuffix = new boolean[256];

  private final @Nullable V otherwise;

  /**
   * A table of these hosts.
   *
   * @param byDomain keys in lower case: {@code example.com}, {@code *.example.com}, {@code *}
   */
  HostTable(Map<String, V> byDomain) {
    this.exact = new Slots<>(byDomain.size());
    this.suffixes = new Slots<>(byDomain.size());
    byDomain.forEach((domain, value) -> {
      byte[] key = domain.getBytes(StandardCharsets.UTF_8);
      if (key.length == 0 || key[0] != '*') {
        exact.put(key, 0, value);
      } else if (key.length > 1) {
        suffixes.put(key, 1, value);
        startsSuffix[key[1] & 0xff] = true;
      }
    });
    this.otherwise = byDomain.get("*");
  }

  /** What serves the host {@code bytes[start, end)}, in any case and without port; or null. */
  @Nullable V find(byte[] bytes, int start, int end) {
    V longest = otherwise;
    int hash = 0;
    for (int i = end - 1; i > start; i--) {
      byte b = Token.lower(bytes[i]);
      hash = Slots.extend(hash, b);
      if (startsSuffix[b & 0xff]) {
        V wildcard = suffixes.get(hash, bytes, i, end);
        longest = wildcard != null ? wildcard : longest;
      }
    }
    if (start < end) {
      hash = Slots.extend(hash, Token.lower(bytes[start]));
    }
    V host = exact.get(hash, bytes, start, end);
    return host != null ? host : longest;
  }

  /** A hash table with lower-case bytes as keys and open addressing. */
  private static final class Slots<V> {
    private final byte[][] keys;
    private final Object[] values;
    private final int mask;

    Slots(int size) {
      int capacity = Integer.highestOneBit(Math.max(2, size * 2)) * 2;
      this.keys = new byte[capacity][];
      this.values = new Object[capacity];
      this.mask = capacity - 1;
    }

    /** The hash of a suffix that is one byte longer. */
    static int extend(int hash, byte b) {
      return hash * 31 + b;
    }

    void put(byte[] text, int from, V value) {
      int hash = 0;
      for (int i = text.length - 1; i >= from; i--) {
        hash = extend(hash, text[i]);
      }
      int slot = slot(hash);
      while (values[slot] != null) {
        slot = (slot + 1) & mask;
      }
      keys[slot] = Arrays.copyOfRange(text, from, text.length);
      values[slot] = value;
    }

    @Nullable V get(int hash, byte[] bytes, int start, int end) {
      int slot = slot(hash);
      while (values[slot] != null) {
        if (same(keys[slot], bytes, start, end)) {
          @SuppressWarnings("unchecked") // only put() writes here
          V value = (V) values[slot];
          return value;
        }
        slot = (slot + 1) & mask;
      }
      return null;
    }

    private int slot(int hash) {
      int mixed = hash * 0x9E3779B9;
      return (mixed ^ (mixed >>> 16)) & mask;
    }

    private static boolean same(byte[] key, byte[] bytes, int start, int end) {
      if (key.length != end - start) {
        return false;
      }
      for (int i = 0; i < key.length; i++) {
        if (Token.lower(bytes[start + i]) != key[i]) {
          return false;
        }
      }
      return true;
    }
  }
}
