package dev.weir.proxy.compile;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.security.cert.Certificate;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * What came of a TLS handshake over loopback.
 *
 * @param certificate the server's
 * @param version e.g. {@code TLSv1.3}
 * @param protocol by ALPN, or null
 * @param ticket whether the server sent a session ticket in the clear, as TLS 1.2 does
 */
record Handshake(
    Certificate certificate, String version, @Nullable String protocol, boolean ticket) {

  /**
   * Connects.
   *
   * @param serverName for SNI; empty for none
   * @throws ExecutionException if the client's handshake failed
   */
  static Handshake between(SslContext server, SslContext client, String serverName)
      throws InterruptedException, ExecutionException, TimeoutException {
    EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    ChannelGroup connections = new DefaultChannelGroup(loop.next());
    try {
      Channel listening =
          new ServerBootstrap()
              .group(loop)
              .channel(NioServerSocketChannel.class)
              .childHandler(
                  new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                      connections.add(channel);
                      channel.pipeline().addLast(server.newHandler(channel.alloc()), new Silence());
                    }
                  })
              .bind(InetAddress.getLoopbackAddress(), 0)
              .sync()
              .channel();
      int port = ((InetSocketAddress) listening.localAddress()).getPort();
      Tap tap = new Tap();
      CompletableFuture<SslHandler> clientTls = new CompletableFuture<>();
      new Bootstrap()
          .group(loop)
          .channel(NioSocketChannel.class)
          .handler(
              new ChannelInitializer<Channel>() {
                @Override
                protected void initChannel(Channel channel) {
                  connections.add(channel);
                  SslHandler tls =
                      serverName.isEmpty()
                          ? client.newHandler(channel.alloc())
                          : client.newHandler(channel.alloc(), serverName, port);
                  channel.pipeline().addLast(tap, tls, new Silence());
                  clientTls.complete(tls);
                }
              })
          .connect(listening.localAddress())
          .sync();
      // Not from the pipeline, which may have failed and be empty by now.
      SslHandler tls = clientTls.get();
      tls.handshakeFuture().get(20, TimeUnit.SECONDS);
      SSLSession session = tls.engine().getSession();
      return new Handshake(
          session.getPeerCertificates()[0],
          session.getProtocol(),
          tls.applicationProtocol(),
          tap.ticket());
    } catch (SSLPeerUnverifiedException e) {
      throw new ExecutionException(e);
    } finally {
      connections.close().sync();
      loop.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
    }
  }

  /** Failures are seen by whoever waits for the handshake. */
  private static final class Silence extends ChannelInboundHandlerAdapter {
    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      context.close();
    }
  }

  /** Keeps what the server sent. */
  private static final class Tap extends ChannelInboundHandlerAdapter {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      ByteBuf data = (ByteBuf) message;
      synchronized (bytes) {
        bytes.writeBytes(ByteBufUtil.getBytes(data));
      }
      context.fireChannelRead(message);
    }

    /** Whether a handshake message of type new_session_ticket stands before the ciphers change. */
    boolean ticket() {
      ByteBuffer in;
      synchronized (bytes) {
        in = ByteBuffer.wrap(bytes.toByteArray());
      }
      ByteArrayOutputStream handshake = new ByteArrayOutputStream();
      while (in.remaining() > 5 && in.get(in.position()) == 22) {
        int length = in.getShort(in.position() + 3);
        handshake.write(in.array(), in.position() + 5, length);
        in.position(in.position() + 5 + length);
      }
      ByteBuffer messages = ByteBuffer.wrap(handshake.toByteArray());
      while (messages.remaining() > 4) {
        int head = messages.getInt();
        if (head >>> 24 == 4) {
          return true;
        }
        messages.position(messages.position() + (head & 0xffffff));
      }
      return false;
    }
  }
}
