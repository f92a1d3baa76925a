package dev.weir.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class ConnectionIdsTest {
  private static final InetAddress CLIENT = InetAddress.ofLiteral("192.0.2.1");
  private static final ByteBuffer NONE = ByteBuffer.allocate(0);

  private final ConnectionIds ids = new ConnectionIds(300);

  private ByteBuffer first(String address) {
    ids.client(new InetSocketAddress(InetAddress.ofLiteral(address), 4433));
    return ids.newId(NONE, NONE, ConnectionIds.LENGTH);
  }

  @Test
  void theySayWhichWorkerHasTheConnection() {
    ByteBuf id = Unpooled.wrappedBuffer(first("192.0.2.1"));

    assertThat(id.readableBytes()).isEqualTo(ConnectionIds.LENGTH);
    assertThat(ConnectionIds.worker(id, 0)).isEqualTo(300);
    assertThat(ids.ours(id, 0)).isTrue();
    assertThat(new ConnectionIds(300).ours(id, 0)).isFalse();
  }

  @Test
  void theyFitOneAddressAtAnyPort() {
    ByteBuf id = Unpooled.wrappedBuffer(first("192.0.2.1"));

    assertThat(ids.fits(id, 0, CLIENT)).isTrue();
    assertThat(ids.fits(id, 0, InetAddress.ofLiteral("192.0.2.2"))).isFalse();
    assertThat(ids.fits(id, 0, InetAddress.ofLiteral("2001:db8::1"))).isFalse();
  }

  @Test
  void everyByteOfAnIpv6AddressCounts() {
    ByteBuf id = Unpooled.wrappedBuffer(first("2001:db8::1"));

    assertThat(ids.fits(id, 0, InetAddress.ofLiteral("2001:db8::1"))).isTrue();
    assertThat(ids.fits(id, 0, InetAddress.ofLiteral("2002:db8::1"))).isFalse();
    assertThat(ids.fits(id, 0, InetAddress.ofLiteral("2001:db8:1::1"))).isFalse();
  }

  @Test
  void furtherIdsAreOtherOnesForTheSameClient() {
    ByteBuffer first = first("192.0.2.1");
    first("192.0.2.2");
    ByteBuf further = Unpooled.wrappedBuffer(ids.newId(first.duplicate(), ConnectionIds.LENGTH));

    assertThat(further).isNotEqualTo(Unpooled.wrappedBuffer(first));
    assertThat(ids.ours(further, 0)).isTrue();
    assertThat(ids.fits(further, 0, CLIENT)).isTrue();
  }

  @Test
  void noByteOfThemCanBeChanged() {
    for (int i = 0; i < ConnectionIds.LENGTH; i++) {
      ByteBuf id = Unpooled.wrappedBuffer(first("192.0.2.1"));
      id.setByte(i, id.getByte(i) ^ 1);
      assertThat(ids.ours(id, 0)).as("byte %d", i).isFalse();
    }
  }
}
