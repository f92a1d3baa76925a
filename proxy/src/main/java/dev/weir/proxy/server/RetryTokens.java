package dev.weir.proxy.server;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.quic.Quic;
import io.netty.handler.codec.quic.QuicTokenHandler;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Address validation of QUIC (RFC 9000, section 8.1): while many handshakes are open, a client has
 * to show that it receives what is sent to its address before a connection is made for it. Else the
 * round trip is spared; amplification is bounded by QUIC itself then.
 *
 * <p>A token is the time it was made, a code over time, address and connection id, and the
 * connection id. On one event loop only.
 */
final class RetryTokens implements QuicTokenHandler {
  /** A token is good for so long; the client sends it back at once. */
  static final long LIFETIME_NANOS = 10_000_000_000L;

  private static final int TIME_BYTES = Long.BYTES;
  private static final int CODE_BYTES = 32;
  private static final int PREFIX_BYTES = TIME_BYTES + CODE_BYTES;
  private static final int INVALID = -1;

  private final ConnectionIds ids;
  private final Mac mac;
  private final BooleanSupplier wanted;
  private final LongSupplier nanos;

  /**
   * Tokens with a key of their own.
   *
   * @param ids of the connections, which are told of their clients here
   * @param wanted whether clients without a token are asked for one now
   * @param nanos the time
   */
  RetryTokens(ConnectionIds ids, BooleanSupplier wanted, LongSupplier nanos) {
    this.ids = ids;
    this.wanted = wanted;
    this.nanos = nanos;
    byte[] key = new byte[CODE_BYTES];
    new SecureRandom().nextBytes(key);
    try {
      mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has HmacSHA256", e);
    }
  }

  @Override
  public boolean writeToken(ByteBuf out, ByteBuf connectionId, InetSocketAddress address) {
    ids.client(address);
    if (!wanted.getAsBoolean()) {
      return false;
    }
    long time = nanos.getAsLong();
    byte[] id = bytes(connectionId, connectionId.readerIndex(), connectionId.readableBytes());
    out.writeLong(time).writeBytes(code(time, id, address)).writeBytes(id);
    return true;
  }

  /** The client has to go on with the id that it got with the token. */
  @Override
  public TokenValidationResult validateToken(
      ByteBuf token, InetSocketAddress address, ByteBuf connectionId) {
    int id = connectionId.readerIndex();
    boolean returned =
        connectionId.readableBytes() == ConnectionIds.LENGTH
            && ids.ours(connectionId, id)
            && ids.fits(connectionId, id, address.getAddress());
    int offset = returned ? validateToken(token, address) : INVALID;
    return offset == INVALID
        ? TokenValidationResult.invalidToken()
        : TokenValidationResult.odcidFromToken(offset);
  }

  @Override
  public int validateToken(ByteBuf token, InetSocketAddress address) {
    int start = token.readerIndex();
    int length = token.readableBytes() - PREFIX_BYTES;
    if (length < 0 || length > Quic.MAX_CONN_ID_LEN) {
      return INVALID;
    }
    long time = token.getLong(start);
    long age = nanos.getAsLong() - time;
    if (age < 0 || age > LIFETIME_NANOS) {
      return INVALID;
    }
    byte[] code = bytes(token, start + TIME_BYTES, CODE_BYTES);
    byte[] id = bytes(token, start + PREFIX_BYTES, length);
    return MessageDigest.isEqual(code, code(time, id, address)) ? PREFIX_BYTES : INVALID;
  }

  @Override
  public int maxTokenLength() {
    return PREFIX_BYTES + Quic.MAX_CONN_ID_LEN;
  }

  private byte[] code(long time, byte[] id, InetSocketAddress address) {
    for (int shift = Long.SIZE - Byte.SIZE; shift >= 0; shift -= Byte.SIZE) {
      mac.update((byte) (time >>> shift));
    }
    byte[] ip = address.getAddress().getAddress();
    mac.update((byte) ip.length);
    mac.update(ip);
    mac.update((byte) (address.getPort() >>> Byte.SIZE));
    mac.update((byte) address.getPort());
    return Arrays.copyOf(mac.doFinal(id), CODE_BYTES);
  }

  private static byte[] bytes(ByteBuf from, int index, int length) {
    byte[] bytes = new byte[length];
    from.getBytes(index, bytes);
    return bytes;
  }
}
