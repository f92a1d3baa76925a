package dev.weir.proxy.http.h2;

import dev.weir.proxy.loop.Deadlines;
import dev.weir.proxy.loop.Deadlines.Deadline;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;

/**
 * Closes a connection so that the peer can read the last thing it was told: a socket that is closed
 * while bytes arrive makes the kernel send a reset, which throws away what the peer has not read
 * yet (RFC 9112, section 9.6, has the same problem). So first only our side ends, and what still
 * arrives is dropped by the caller until the peer ends too, or for a second.
 */
final class LingeringClose {
  private static final long LINGER_NANOS = 1_000_000_000L;

  private final ChannelHandlerContext ctx;
  private final Deadline deadline;

  private LingeringClose(ChannelHandlerContext ctx, Deadlines deadlines) {
    this.ctx = ctx;
    this.deadline = deadlines.create(ctx::close);
  }

  /** Closes {@code ctx}'s channel; everything to be sent has been written. */
  static void of(ChannelHandlerContext ctx, Deadlines deadlines) {
    new LingeringClose(ctx, deadlines).start();
  }

  private void start() {
    deadline.set(LINGER_NANOS);
    ctx.channel().closeFuture().addListener(closed -> deadline.cancel());
    SslHandler tls = ctx.pipeline().get(SslHandler.class);
    if (tls == null) {
      endOutput();
    } else {
      tls.closeOutbound().addListener(closed -> endOutput());
    }
  }

  private void endOutput() {
    if (ctx.channel() instanceof DuplexChannel duplex) {
      duplex.shutdownOutput();
    } else {
      ctx.close();
    }
  }
}
