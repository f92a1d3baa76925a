package dev.weir.proxy.http.h1;

import dev.weir.core.failure.Failure;
import dev.weir.core.http.Fields;
import dev.weir.core.http.ResponseHead;
import dev.weir.proxy.stream.DownstreamConnection;
import dev.weir.proxy.stream.DownstreamContext;
import dev.weir.proxy.stream.DownstreamStream;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelInboundHandlerAdapter;
import org.jspecify.annotations.Nullable;

/**
 * The downstream codec of HTTP/1.1 and 1.0: the last handler of a client's connection, behind the
 * socket or the {@code SslHandler}. One exchange at a time; pipelined requests wait.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class Http1DownstreamConnection extends ChannelInboundHandlerAdapter
    implements DownstreamConnection, DownstreamStream {

  public Http1DownstreamConnection(DownstreamContext context) {
    throw new UnsupportedOperationException();
  }

  /** Ends the connection as soon as no exchange runs on it. */
  public void drain() {
    throw new UnsupportedOperationException();
  }

  @Override
  public byte[] peerAddress() {
    throw new UnsupportedOperationException();
  }

  @Override
  public int localPort() {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean secure() {
    throw new UnsupportedOperationException();
  }

  @Override
  public @Nullable String serverName() {
    throw new UnsupportedOperationException();
  }

  @Override
  public Protocol protocol() {
    return Protocol.HTTP_1;
  }

  @Override
  public DownstreamConnection connection() {
    return this;
  }

  @Override
  public void sendInformational(ResponseHead head) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void sendHead(ResponseHead head, boolean last) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void sendBody(ByteBuf data, boolean last) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void sendTrailers(Fields trailers) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void flush() {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean writable() {
    throw new UnsupportedOperationException();
  }

  @Override
  public void pause() {
    throw new UnsupportedOperationException();
  }

  @Override
  public void resume() {
    throw new UnsupportedOperationException();
  }

  @Override
  public void reset(Failure failure) {
    throw new UnsupportedOperationException();
  }
}
