package dev.weir.proxy.server;

import dev.weir.proxy.http.Http2Preface;
import dev.weir.proxy.loop.Deadlines.Deadline;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import org.jspecify.annotations.Nullable;

/**
 * The first handler of a plaintext connection: its first bytes choose between HTTP/2 by prior
 * knowledge and HTTP/1, then it makes way. In nearly all cases the first read decides.
 */
final class PlainStart extends ChannelInboundHandlerAdapter {
  private final DownstreamChannel connection;
  private @Nullable Deadline deadline;
  private @Nullable ByteBuf first;

  PlainStart(DownstreamChannel connection) {
    this.connection = connection;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    deadline = connection.deadlines().create(() -> ctx.close());
    deadline.set(connection.options().connectionIdleNanos());
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf read = (ByteBuf) message;
    ByteBuf bytes = first == null ? read : first.writeBytes(read);
    if (first != null) {
      read.release();
    }
    switch (Http2Preface.matches(bytes)) {
      case YES -> {
        Codecs.http2(ctx.pipeline(), connection);
        makeWay(ctx, bytes);
      }
      case NO -> {
        Codecs.http1(ctx.pipeline(), connection);
        makeWay(ctx, bytes);
      }
      case MORE -> keep(ctx, bytes);
    }
  }

  private void keep(ChannelHandlerContext ctx, ByteBuf bytes) {
    if (first == null) {
      first = ctx.alloc().buffer(64).writeBytes(bytes);
      bytes.release();
      if (deadline != null) {
        deadline.set(connection.options().headerReadNanos());
      }
    }
  }

  private void makeWay(ChannelHandlerContext ctx, ByteBuf bytes) {
    first = null;
    ctx.fireChannelRead(bytes);
    ctx.pipeline().remove(this);
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    if (deadline != null) {
      deadline.cancel();
    }
    if (first != null) {
      first.release();
      first = null;
    }
  }

  @Override
  @SuppressWarnings("deprecation") // Netty deprecates it on the base interface only
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    // A reset before the first request: there is nobody to tell.
    ctx.close();
  }
}
