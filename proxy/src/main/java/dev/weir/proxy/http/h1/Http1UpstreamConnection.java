package dev.weir.proxy.http.h1;

import dev.weir.core.http.Fields;
import dev.weir.core.http.RequestHead;
import dev.weir.core.time.Ticker;
import dev.weir.proxy.stream.ResponseReceiver;
import dev.weir.proxy.stream.UpstreamStream;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelInboundHandlerAdapter;

/**
 * The upstream codec of HTTP/1.1: the last handler of a connection to an endpoint, behind the
 * socket or the {@code SslHandler}. Carries one exchange after another for the pool that owns it.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class Http1UpstreamConnection extends ChannelInboundHandlerAdapter
    implements UpstreamStream {

  /** The pool, as the connection sees it. Calls come on the connection's event loop. */
  public interface Owner {
    /**
     * The exchange is over and the connection may carry another; {@link #start} may be called from
     * here. Not called where {@link #closed} follows.
     */
    void released(Http1UpstreamConnection connection);

    /** The connection is closed; exactly once, after the receiver was told. */
    void closed(Http1UpstreamConnection connection);
  }

  /**
   * A codec to be added to the pipeline of a connected channel.
   *
   * @param owner told when an exchange is over
   * @param ticker clock of {@link #idleSince()}
   */
  public Http1UpstreamConnection(Owner owner, Ticker ticker) {
    throw new UnsupportedOperationException();
  }

  /**
   * Begins an exchange; calls {@link ResponseReceiver#upstreamReady} before it returns.
   *
   * @throws IllegalStateException if not {@link #usable()}
   */
  public void start(ResponseReceiver receiver) {
    throw new UnsupportedOperationException();
  }

  /** Whether it is open and carries no exchange. */
  public boolean usable() {
    throw new UnsupportedOperationException();
  }

  /** When the last exchange ended, or the connection was made; {@link Ticker#nanos()}. */
  public long idleSince() {
    throw new UnsupportedOperationException();
  }

  /** Closes the connection; a running exchange fails. */
  public void close() {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean reusedConnection() {
    throw new UnsupportedOperationException();
  }

  @Override
  public void sendHead(RequestHead head, boolean last) {
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
  public void cancel() {
    throw new UnsupportedOperationException();
  }
}
