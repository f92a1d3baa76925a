package dev.weir.proxy.plan;

import dev.weir.core.http.Token;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
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

  /** A host or a suffix with a hash of its own, made once for all tables that it stands in. */
  static final class Domain<V> {
    private final String text;
    private final byte[] key;
    private final int hash;
    private final V value;

    /**
     * A domain.
     *
     * @param text in lower case: {@code example.com}, {@code *.example.com}, {@code *}
     */
    Domain(String text, V value) {
      this.text = text;
      this.key = (isWildcard(text) ? text.substring(1) : text).getBytes(StandardCharsets.UTF_8);
      this.value = value;
      int hash = 0;
      for (int i = key.length - 1; i >= 0; i--) {
        hash = Slots.extend(hash, key[i]);
      }
      this.hash = hash;
    }

    private static boolean isWildcard(String text) {
      return text.startsWith("*");
    }

    private boolean isWildcard() {
      return isWildcard(text);
    }
  }

  /**
   * A table of these domains.
   *
   * @throws IllegalArgumentException if one stands in it twice; its message is the domain
   */
  HostTable(List<Domain<V>> domains) {
    int wildcards = 0;
    for (Domain<V> domain : domains) {
      wildcards += domain.isWildcard() ? 1 : 0;
    }
    this.exact = new Slots<>(domains.size() - wildcards);
    this.suffixes = new Slots<>(wildcards);
    V all = null;
    for (Domain<V> domain : domains) {
      if (!domain.isWildcard()) {
        exact.put(domain);
      } else if (domain.key.length > 0) {
        suffixes.put(domain);
        startsSuffix[domain.key[0] & 0xff] = true;
      } else if (all == null) {
        all = domain.value;
      } else {
        throw new IllegalArgumentException(domain.text);
      }
    }
    this.otherwise = all;
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
    private final Domain<?>[] domains;
    private final int mask;

    Slots(int size) {
      int capacity = Integer.highestOneBit(Math.max(2, size * 2)) * 2;
      this.domains = new Domain<?>[capacity];
      this.mask = capacity - 1;
    }

    /** The hash of a suffix that is one byte longer. */
    static int extend(int hash, byte b) {
      return hash * 31 + b;
    }

    void put(Domain<V> domain) {
      int slot = slot(domain.hash);
      for (Domain<?> other = domains[slot]; other != null; other = domains[slot]) {
        if (other.hash == domain.hash && Arrays.equals(other.key, domain.key)) {
          throw new IllegalArgumentException(domain.text);
        }
        slot = (slot + 1) & mask;
      }
      domains[slot] = domain;
    }

    @Nullable V get(int hash, byte[] bytes, int start, int end) {
      int slot = slot(hash);
      for (Domain<?> domain = domains[slot]; domain != null; domain = domains[slot]) {
        if (domain.hash == hash && same(domain.key, bytes, start, end)) {
          @SuppressWarnings("unchecked") // only put() writes here
          V value = (V) domain.value;
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
