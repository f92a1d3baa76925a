package dev.weir.features.sessions;

import dev.weir.core.filter.Sessions;
import dev.weir.core.filter.Sessions.EndpointIds;
import dev.weir.core.hash.SipHash;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * What gives endpoints their ids and tokens their tags. Whoever does not have it can neither read
 * an address from an id nor make a token.
 */
record SessionKey(SipHash ids, SipHash tags) implements EndpointIds {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  /** The key that follows from a secret. */
  static SessionKey of(String secret) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(secret.getBytes(StandardCharsets.UTF_8));
      return new SessionKey(
          new SipHash((long) LONGS.get(hash, 0), (long) LONGS.get(hash, 8)),
          new SipHash((long) LONGS.get(hash, 16), (long) LONGS.get(hash, 24)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  @Override
  public long of(String cluster, String address) {
    long id = ids.of((cluster + '\n' + address).getBytes(StandardCharsets.UTF_8));
    return id == Sessions.NONE ? 1 : id;
  }

  /** Proves that a token was made with this key. */
  long tag(long endpoint, long begun) {
    return tags.of(endpoint, begun);
  }

  /** Not the key. */
  @Override
  public String toString() {
    return "SessionKey";
  }
}
