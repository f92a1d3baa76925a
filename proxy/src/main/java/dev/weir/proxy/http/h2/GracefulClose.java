package dev.weir.proxy.http.h2;

import dev.weir.proxy.loop.Deadlines;
import dev.weir.proxy.loop.Deadlines.Deadline;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2Error;

/**
 * Ends a client's connection without losing a request (RFC 9113, section 6.8): a first GOAWAY stops
 * the client from opening streams; those it opened before it knew are still served, which a PING
 * bounds in time; a second GOAWAY names the last one; the connection closes when it is over.
 */
final class GracefulClose {
  private static final long PING = 0x77656972_64726e00L;
  private static final long PING_NANOS = 2_000_000_000L;

  private enum State {
    OPEN,
    ANNOUNCED,
    FINAL,
    STOPPED
  }

  private final Http2DownstreamConnection connection;
  private final Deadline deadline;
  private State state = State.OPEN;

  GracefulClose(Http2DownstreamConnection connection, Deadlines deadlines) {
    this.connection = connection;
    this.deadline = deadlines.create(this::last);
  }

  void start() {
    if (state == State.OPEN) {
      state = State.ANNOUNCED;
      goAway(Integer.MAX_VALUE);
      ChannelHandlerContext ctx = context();
      connection.encoder().writePing(ctx, false, PING, ctx.newPromise());
      deadline.set(PING_NANOS);
      connection.output().flush();
    }
  }

  /** The client has answered a PING; after ours it knows. */
  void pingAck(long data) {
    if (data == PING) {
      last();
    }
  }

  private void last() {
    if (state == State.ANNOUNCED) {
      state = State.FINAL;
      deadline.clear();
      goAway(connection.connection().remote().lastStreamCreated());
      connection.output().flush();
      idle();
    }
  }

  /** No stream is open. */
  void idle() {
    if (state == State.FINAL && !connection.busy()) {
      connection.closeAfterWrites();
    }
  }

  /** The connection is closed. */
  void stop() {
    state = State.STOPPED;
    deadline.cancel();
  }

  private void goAway(int lastStream) {
    ChannelHandlerContext ctx = context();
    connection.goAway(
        ctx, lastStream, Http2Error.NO_ERROR.code(), Unpooled.EMPTY_BUFFER, ctx.newPromise());
  }

  private ChannelHandlerContext context() {
    return connection.output().flow().channelHandlerContext();
  }
}
