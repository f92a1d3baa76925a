package dev.weir.core.hash;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * SipHash-2-4 (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012): without the key
 * nobody can tell its values from random ones, nor find the value of another input. For values that
 * go out and come back; allocates little.
 *
 * @param key0 the first 8 bytes of the key, little-endian
 * @param key1 the others
 */
public record SipHash(long key0, long key1) {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  /** The hash of bytes. */
  public long of(byte[] bytes) {
    State state = new State(this);
    int whole = bytes.length & ~7;
    for (int i = 0; i < whole; i += 8) {
      state.take((long) LONGS.get(bytes, i));
    }
    long rest = 0;
    for (int i = bytes.length - 1; i >= whole; i--) {
      rest = (rest << 8) | (bytes[i] & 0xff);
    }
    return state.finish(rest, bytes.length);
  }

  /** The hash of the 16 bytes of two numbers, little-endian. */
  public long of(long a, long b) {
    State state = new State(this);
    state.take(a);
    state.take(b);
    return state.finish(0, 2 * Long.BYTES);
  }

  /** Named as in the paper. */
  private static final class State {
    private long v0;
    private long v1;
    private long v2;
    private long v3;

    State(SipHash key) {
      v0 = key.key0 ^ 0x736f6d6570736575L;
      v1 = key.key1 ^ 0x646f72616e646f6dL;
      v2 = key.key0 ^ 0x6c7967656e657261L;
      v3 = key.key1 ^ 0x7465646279746573L;
    }

    void take(long word) {
      v3 ^= word;
      round();
      round();
      v0 ^= word;
    }

    /**
     * The last step.
     *
     * @param rest fewer than 8 bytes
     * @param length of everything, in bytes
     */
    long finish(long rest, int length) {
      take(rest | ((long) length << 56));
      v2 ^= 0xff;
      round();
      round();
      round();
      round();
      return v0 ^ v1 ^ v2 ^ v3;
    }

    private void round() {
      v0 += v1;
      v1 = Long.rotateLeft(v1, 13) ^ v0;
      v0 = Long.rotateLeft(v0, 32);
      v2 += v3;
      v3 = Long.rotateLeft(v3, 16) ^ v2;
      v0 += v3;
      v3 = Long.rotateLeft(v3, 21) ^ v0;
      v2 += v1;
      v1 = Long.rotateLeft(v1, 17) ^ v2;
      v2 = Long.rotateLeft(v2, 32);
    }
  }
}
