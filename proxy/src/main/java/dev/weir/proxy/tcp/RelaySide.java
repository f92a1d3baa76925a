package dev.weir.proxy.tcp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import org.jspecify.annotations.Nullable;

/**
 * One of the two ends of a relay: the last handler of its socket. Tells the relay what happens
 * there, and does what the relay says.
 */
final class RelaySide extends ChannelInboundHandlerAdapter {
  private final TcpRelay relay;
  private final Channel channel;
  private final @Nullable SslHandler tls;
  private boolean inputEnded;
  private boolean outputEnded;

  /** Our end is sent, after all that came before it. */
  private boolean outputShut;

  /**
   * An end of {@code relay}, to be added to the pipeline.
   *
   * @param tls what secures the connection, or null
   */
  RelaySide(TcpRelay relay, Channel channel, @Nullable SslHandler tls) {
    this.relay = relay;
    this.channel = channel;
    this.tls = tls;
    channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
    channel.closeFuture().addListener(closed -> relay.closed(this));
  }

  // --- from the socket -------------------------------------------------------------------------

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    relay.read(this, (ByteBuf) message);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    relay.readComplete(this);
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (channel.isWritable()) {
      relay.writable(this);
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    switch (event) {
      case SslHandshakeCompletionEvent handshake -> relay.secured(this, handshake.cause());
      // TLS ends with close_notify, or with the TCP connection.
      case SslCloseCompletionEvent closed when closed.isSuccess() -> endInput();
      case ChannelInputShutdownEvent ended -> endInput();
      default -> {}
    }
  }

  private void endInput() {
    if (!inputEnded) {
      inputEnded = true;
      relay.ended(this);
      if (outputShut) {
        channel.close();
      }
    }
  }

  @Override
  @SuppressWarnings("deprecation") // Netty deprecates it on the base interface only
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    relay.broken(this, String.valueOf(cause.getMessage()));
  }

  // --- from the relay --------------------------------------------------------------------------

  /** Takes over the reference. */
  void write(ByteBuf data) {
    channel.write(data, channel.voidPromise());
  }

  void flush() {
    channel.flush();
  }

  boolean writable() {
    return channel.isWritable();
  }

  void pause() {
    channel.config().setAutoRead(false);
  }

  void resume() {
    // Netty closes a channel that is to be read after its end.
    if (!inputEnded) {
      channel.config().setAutoRead(true);
    }
  }

  /** Whether the peer has ended its direction. */
  boolean inputEnded() {
    return inputEnded;
  }

  /** Whether both directions have come to their end, or will when all is written. */
  boolean finished() {
    return inputEnded && outputEnded;
  }

  /** Ends our direction when everything is written, and the connection if it was the last. */
  void endOutput() {
    outputEnded = true;
    channel
        .writeAndFlush(Unpooled.EMPTY_BUFFER)
        .addListener(written -> {
          outputShut = true;
          if (inputEnded) {
            channel.close();
          } else if (tls != null) {
            tls.closeOutbound();
          } else if (channel instanceof DuplexChannel duplex) {
            duplex.shutdownOutput();
          }
        });
  }

  /** Whether nothing can be written any more because the peer has ended its direction of TLS. */
  boolean closedByEnd() {
    return tls != null && tls.engine().isOutboundDone();
  }

  /** Closes the connection; what is not written yet is lost. */
  void close() {
    channel.close();
  }

  /** Closes with a reset: the peer is not to take what it got for all there was. */
  void abort() {
    channel.config().setOption(ChannelOption.SO_LINGER, 0);
    ChannelHandlerContext beneath = tls == null ? null : channel.pipeline().context(tls);
    if (beneath == null) {
      channel.close();
    } else {
      beneath.close(); // past TLS, which would say close_notify
    }
  }
}
