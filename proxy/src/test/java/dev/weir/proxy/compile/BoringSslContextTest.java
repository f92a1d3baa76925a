package dev.weir.proxy.compile;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.util.ReferenceCounted;
import java.time.Duration;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BoringSslContextTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private SslContext counted;

  @BeforeEach
  void makeContext() throws SSLException {
    assertThat(OpenSsl.isAvailable()).isTrue();
    counted = SslContextBuilder.forClient().sslProvider(SslProvider.OPENSSL_REFCNT).build();
  }

  private static int references(Object counted) {
    return ((ReferenceCounted) counted).refCnt();
  }

  private SslHandler connection() {
    return new BoringSslContext(counted).newHandler(UnpooledByteBufAllocator.DEFAULT);
  }

  private void collectUntilReferencesAre(int expected) throws InterruptedException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (references(counted) != expected) {
      assertThat(System.nanoTime()).as("in time: %d references", expected).isLessThan(end);
      System.gc();
      Thread.sleep(10);
    }
  }

  @Test
  void connectionGivesBackItsPartWhenItEnds() {
    SslHandler handler = connection();
    SSLEngine engine = handler.engine();
    EmbeddedChannel channel = new EmbeddedChannel(handler);
    assertThat(references(engine)).isEqualTo(1);
    channel.finishAndReleaseAll();
    assertThat(references(engine)).isZero();
  }

  @Test
  void contextThatNobodyReachesIsReleased() throws InterruptedException {
    assertThat(new BoringSslContext(counted).isClient()).isTrue();
    collectUntilReferencesAre(0);
  }

  @Test
  void contextStaysForItsConnections() throws InterruptedException {
    EmbeddedChannel channel = new EmbeddedChannel(connection());
    collectUntilReferencesAre(1);
    // Writes the ClientHello with what the context says.
    ByteBuf hello = channel.readOutbound();
    assertThat(hello.isReadable()).isTrue();
    hello.release();
    channel.finishAndReleaseAll();
    assertThat(references(counted)).isZero();
  }
}
