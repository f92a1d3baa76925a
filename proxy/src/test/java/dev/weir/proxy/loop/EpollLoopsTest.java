package dev.weir.proxy.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The kernel tells once that something has come: however the reader goes on, nothing is missed. */
@Timeout(30)
class EpollLoopsTest {
  private final Turn turn = new Turn();
  private final LoopAllocator allocator = new LoopAllocator(turn);
  private final Reader reader = new Reader();
  private final EventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, Transport.available().loop(turn));
  private Socket client;

  /** Counts what comes, and stops after the first piece if it is told to. */
  private static final class Reader extends ChannelInboundHandlerAdapter {
    private final CompletableFuture<Channel> channel = new CompletableFuture<>();
    private final CountDownLatch paused = new CountDownLatch(1);
    private final CountDownLatch ended = new CountDownLatch(1);
    private final Semaphore bytes = new Semaphore(0);
    private volatile boolean pauses;

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
      channel.complete(ctx.channel());
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      ByteBuf data = (ByteBuf) message;
      if (pauses) {
        pauses = false;
        ctx.channel().config().setAutoRead(false);
        paused.countDown();
      }
      bytes.release(data.readableBytes());
      data.release();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      ended.countDown();
    }

    /** Waits for so many bytes, and that no others come. */
    void awaitExactly(int count) throws InterruptedException {
      assertThat(bytes.tryAcquire(count, 10, TimeUnit.SECONDS))
          .as("%,d bytes of %,d came", bytes.availablePermits(), count)
          .isTrue();
      assertThat(bytes.tryAcquire(50, TimeUnit.MILLISECONDS)).isFalse();
    }

    void goOn() throws Exception {
      channel.get().config().setAutoRead(true);
    }
  }

  @BeforeEach
  void connect() throws IOException {
    assumeTrue(Epoll.isAvailable(), "no epoll on this machine");
    InetSocketAddress address =
        (InetSocketAddress)
            new ServerBootstrap()
                .group(group)
                .channel(Transport.EPOLL.server())
                .childHandler(
                    new ChannelInitializer<Channel>() {
                      @Override
                      protected void initChannel(Channel channel) {
                        SocketOptions.apply(channel.config(), allocator);
                        channel.pipeline().addLast(reader);
                      }
                    })
                .bind(InetAddress.getLoopbackAddress(), 0)
                .syncUninterruptibly()
                .channel()
                .localAddress();
    client = new Socket(address.getAddress(), address.getPort());
  }

  @AfterEach
  void close() throws IOException {
    if (client != null) {
      client.close();
    }
    group.next().submit(allocator::close).syncUninterruptibly();
    group.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
  }

  private void send(int bytes) throws IOException {
    client.getOutputStream().write(new byte[bytes]);
  }

  /** Less than a buffer, exactly one and more, some and many. */
  @ParameterizedTest
  @ValueSource(ints = {1, 4095, 4096, 4097, 8192, 100_000, 3_000_000})
  void readsAllThatComesAtOnce(int size) throws Exception {
    send(size);
    reader.awaitExactly(size);
    send(1);
    reader.awaitExactly(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4096, 100_000})
  void readsWhatCameWhileItPaused(int size) throws Exception {
    reader.pauses = true;
    send(4096);
    assertThat(reader.paused.await(10, TimeUnit.SECONDS)).isTrue();
    reader.awaitExactly(4096);
    send(size);
    assertThat(reader.bytes.tryAcquire(100, TimeUnit.MILLISECONDS)).isFalse();
    reader.goOn();
    reader.awaitExactly(size);
    send(1);
    reader.awaitExactly(1);
  }

  @Test
  void readsOnIfNothingCameWhileItPaused() throws Exception {
    reader.pauses = true;
    send(10);
    assertThat(reader.paused.await(10, TimeUnit.SECONDS)).isTrue();
    reader.awaitExactly(10);
    reader.goOn();
    send(5000);
    reader.awaitExactly(5000);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4096, 8192, 100_000})
  void noticesAnEndRightAfterTheLastBytes(int size) throws Exception {
    send(size);
    client.shutdownOutput();
    reader.awaitExactly(size);
    assertThat(reader.ended.await(10, TimeUnit.SECONDS)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(ints = {4096, 100_000})
  void noticesAnEndThatCameWhileItPaused(int size) throws Exception {
    reader.pauses = true;
    send(size);
    assertThat(reader.paused.await(10, TimeUnit.SECONDS)).isTrue();
    client.shutdownOutput();
    TimeUnit.MILLISECONDS.sleep(100);
    reader.goOn();
    reader.awaitExactly(size);
    assertThat(reader.ended.await(10, TimeUnit.SECONDS)).isTrue();
  }
}
