package dev.weir.proxy.server;

import dev.weir.core.hash.SipHash;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.quic.Quic;
import io.netty.handler.codec.quic.QuicConnectionIdGenerator;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import org.jspecify.annotations.Nullable;

/**
 * The ids that a worker gives to its QUIC connections (RFC 9000, section 5.1). They say which
 * worker has the connection, for datagrams that the kernel gives to another one after a client's
 * port has changed, and which IP address the client has: Netty sends to where the last datagram
 * seems to come from, so that one with a forged address must not get as far as that.
 *
 * <p>An id is the number of the worker, a code of the client's IP address, random bytes, and a code
 * of all these. On one event loop only.
 */
final class ConnectionIds implements QuicConnectionIdGenerator {
  /** The longest that there are. */
  static final int LENGTH = Quic.MAX_CONN_ID_LEN;

  private static final int ADDRESS_AT = Short.BYTES;
  private static final int RANDOM_AT = ADDRESS_AT + Integer.BYTES;
  private static final int SEAL_AT = LENGTH - Integer.BYTES;

  private final short worker;
  private final SecureRandom random = new SecureRandom();
  private final SipHash addresses = new SipHash(random.nextLong(), random.nextLong());
  private final SipHash seals = new SipHash(random.nextLong(), random.nextLong());
  private @Nullable InetAddress client;

  /** Ids of the worker with this number. */
  ConnectionIds(int worker) {
    this.worker = (short) worker;
  }

  /** The number of the worker that gave an id; that of none, probably, if none of them did. */
  static int worker(ByteBuf from, int index) {
    return from.getUnsignedShort(index);
  }

  /** The next new connection is of this client. */
  void client(InetSocketAddress address) {
    client = address.getAddress();
  }

  /** Whether an id that this worker gave, at {@code index}, was given to a client of this IP. */
  boolean fits(ByteBuf from, int index, InetAddress client) {
    return from.getInt(index + ADDRESS_AT) == code(client);
  }

  /** Whether this worker gave the id at {@code index}; clients choose their first one. */
  boolean ours(ByteBuf from, int index) {
    return worker(from, index) == Short.toUnsignedInt(worker)
        && from.getInt(index + SEAL_AT) == seal(from.getLong(index), from.getLong(index + 8));
  }

  private ByteBuffer newId(int length, int address) {
    if (length != LENGTH) {
      throw new IllegalArgumentException("ids have " + LENGTH + " bytes, not " + length);
    }
    byte[] bytes = new byte[SEAL_AT - RANDOM_AT];
    random.nextBytes(bytes);
    ByteBuffer id = ByteBuffer.allocate(LENGTH).putShort(worker).putInt(address).put(bytes);
    return id.putInt(seal(id.getLong(0), id.getLong(Long.BYTES))).flip();
  }

  /** The first one of a connection. */
  @Override
  public ByteBuffer newId(ByteBuffer scid, ByteBuffer dcid, int length) {
    if (client == null) {
      throw new IllegalStateException("the client of the connection is not known");
    }
    return newId(length, code(client));
  }

  /** A further one beside {@code input}. */
  @Override
  public ByteBuffer newId(ByteBuffer input, int length) {
    return newId(length, input.getInt(input.position() + ADDRESS_AT));
  }

  @Override
  public ByteBuffer newId(int length) {
    throw new UnsupportedOperationException("ids are for clients");
  }

  @Override
  public int maxConnectionIdLength() {
    return LENGTH;
  }

  @Override
  public boolean isIdempotent() {
    return false;
  }

  private int code(InetAddress client) {
    byte[] address = client.getAddress();
    long high = 0;
    long low = 0;
    for (byte each : address) {
      high = high << Byte.SIZE | low >>> (Long.SIZE - Byte.SIZE);
      low = low << Byte.SIZE | (each & 0xff);
    }
    return (int) addresses.of(high, low);
  }

  private int seal(long first, long second) {
    return (int) seals.of(first, second);
  }
}
