package dev.weir.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class RetryTokensTest {
  private static final InetSocketAddress CLIENT = client("127.0.0.1", 4433);

  private long now;
  private boolean wanted = true;
  private final ConnectionIds ids = new ConnectionIds(3);
  private final RetryTokens tokens = new RetryTokens(ids, () -> wanted, () -> now);

  private static InetSocketAddress client(String address, int port) {
    return new InetSocketAddress(InetAddress.ofLiteral(address), port);
  }

  private ByteBuf token() {
    ByteBuf token = Unpooled.buffer();
    assertThat(tokens.writeToken(token, Unpooled.wrappedBuffer(new byte[] {1, 2, 3}), CLIENT))
        .isTrue();
    return token;
  }

  @Test
  void theConnectionIdStandsBehindTheCheckedPart() {
    ByteBuf token = token();
    int at = tokens.validateToken(token, CLIENT);

    assertThat(at).isPositive();
    assertThat(token.slice(at, token.readableBytes() - at))
        .isEqualTo(Unpooled.wrappedBuffer(new byte[] {1, 2, 3}));
    assertThat(token.readableBytes()).isLessThanOrEqualTo(tokens.maxTokenLength());
  }

  @Test
  void anotherClientCannotUseIt() {
    assertThat(tokens.validateToken(token(), client("127.0.0.1", 4434))).isNegative();
    assertThat(tokens.validateToken(token(), client("127.0.0.2", 4433))).isNegative();
    RetryTokens others = new RetryTokens(ids, () -> true, () -> now);
    assertThat(others.validateToken(token(), CLIENT)).isNegative();
  }

  @Test
  void noByteOfItCanBeChanged() {
    for (int i = 0; i < token().readableBytes(); i++) {
      ByteBuf token = token();
      token.setByte(i, token.getByte(i) ^ 1);
      assertThat(tokens.validateToken(token, CLIENT)).as("byte %d", i).isNegative();
    }
    assertThat(tokens.validateToken(Unpooled.EMPTY_BUFFER, CLIENT)).isNegative();
  }

  @Test
  void itGrowsOld() {
    ByteBuf token = token();
    now = RetryTokens.LIFETIME_NANOS;
    assertThat(tokens.validateToken(token, CLIENT)).isPositive();
    now++;
    assertThat(tokens.validateToken(token, CLIENT)).isNegative();
  }

  @Test
  void nothingIsAskedForWhileItIsQuiet() {
    wanted = false;
    assertThat(tokens.writeToken(Unpooled.buffer(), Unpooled.EMPTY_BUFFER, CLIENT)).isFalse();
  }

  @Test
  void theClientGoesOnWithTheIdThatCameWithIt() {
    ByteBuf token = token();
    ByteBuf given = Unpooled.wrappedBuffer(id());
    assertThat(tokens.validateToken(token, CLIENT, given).isValid()).isTrue();

    ByteBuf chosen = Unpooled.wrappedBuffer(new byte[ConnectionIds.LENGTH]);
    assertThat(tokens.validateToken(token, CLIENT, chosen).isValid()).isFalse();
    assertThat(tokens.validateToken(token, CLIENT, given.slice(0, 8)).isValid()).isFalse();
  }

  private ByteBuffer id() {
    ByteBuffer none = ByteBuffer.allocate(0);
    return ids.newId(none, none, ConnectionIds.LENGTH);
  }
}
