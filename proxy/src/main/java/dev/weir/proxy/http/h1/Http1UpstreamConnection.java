package dev.weir.proxy.http.h1;

import dev.weir.core.failure.Failure;
import dev.weir.core.failure.Failure.Retry;
import dev.weir.core.failure.Reason;
import dev.weir.core.http.Fields;
import dev.weir.core.http.HeaderName;
import dev.weir.core.http.RequestHead;
import dev.weir.core.time.Ticker;
import dev.weir.proxy.loop.SocketOptions;
import dev.weir.proxy.stream.ResponseReceiver;
import dev.weir.proxy.stream.UpstreamStream;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The upstream codec of HTTP/1.1: the last handler of a connection to an endpoint, behind the
 * socket or the {@code SslHandler}. Carries one exchange after another for the pool that owns it.
 */
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

  /** What of a request may wait for a slow endpoint; see {@code docs/limits.md}. */
  static final WriteBufferWaterMark WATERMARKS =
      new WriteBufferWaterMark(SocketOptions.LOW_WATER, SocketOptions.HIGH_WATER);

  /** Responses with status 1xx to one request. */
  static final int MAX_INFORMATIONAL = 100;

  private static final Logger log = LoggerFactory.getLogger(Http1UpstreamConnection.class);
  private static final byte[] HEAD_METHOD = "HEAD".getBytes(StandardCharsets.US_ASCII);

  /** What the next bytes from the upstream are. */
  private enum State {
    /** Nothing: no exchange runs. */
    IDLE,
    /** A response head. */
    HEAD,
    /** The body of the response. */
    BODY,
    /** Raw bytes. */
    TUNNEL,
    /** Nothing any more. */
    CLOSED
  }

  private final Owner owner;
  private final Ticker ticker;
  private final ResponseReader reader = new ResponseReader();
  private final BodyDecoder body = new BodyDecoder(HeadScanner.Kind.RESPONSE_TRAILERS);
  private final BodyEncoder encoder = new BodyEncoder();

  // Set when the handler is added.
  private ChannelHandlerContext ctx;
  private WireBuffer out;
  private ReadGate gate;

  private State state = State.IDLE;
  private long idleSince;
  private int exchanges;
  private boolean reading;
  private boolean flushWanted;

  /** The connection did not end as its peer wanted: by a reset, or by an end that TLS misses. */
  private boolean broken;

  /** What was read and not used yet; null outside {@link #channelRead}. */
  private @Nullable ByteBuf input;

  // The running exchange.
  private @Nullable ResponseReceiver receiver;
  private boolean requestBegun;
  private boolean requestEnded;
  private boolean toHead;
  private boolean upgradeAsked;
  private boolean responseBegun;
  private boolean persistent;
  private boolean headBegun;
  private int informational;
  private @Nullable Tunnel tunnel;

  /**
   * A codec to be added to the pipeline of a connected channel.
   *
   * @param owner told when an exchange is over
   * @param ticker clock of {@link #idleSince()}
   */
  @SuppressWarnings("NullAway.Init") // handlerAdded comes before everything else
  public Http1UpstreamConnection(Owner owner, Ticker ticker) {
    this.owner = owner;
    this.ticker = ticker;
    this.idleSince = ticker.nanos();
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    ctx = context;
    out = new WireBuffer(ctx);
    gate = new ReadGate(ctx.channel().config());
    ctx.channel().config().setWriteBufferWaterMark(WATERMARKS);
    // An upstream that refuses a body may answer and stop reading: a failed write must not keep us
    // from reading that answer.
    ctx.channel().config().setOption(ChannelOption.AUTO_CLOSE, false);
  }

  // --- the pool's side -------------------------------------------------------------------------

  /**
   * Begins an exchange; calls {@link ResponseReceiver#upstreamReady} before it returns.
   *
   * @throws IllegalStateException if not {@link #usable()}
   */
  public void start(ResponseReceiver response) {
    if (!usable()) {
      throw new IllegalStateException("upstream connection is " + state);
    }
    exchanges++;
    receiver = response;
    requestBegun = false;
    requestEnded = false;
    responseBegun = false;
    headBegun = false;
    informational = 0;
    state = State.HEAD;
    response.upstreamReady(this);
  }

  /** Whether it is open and carries no exchange. */
  public boolean usable() {
    return state == State.IDLE && ctx.channel().isActive();
  }

  /** When the last exchange ended, or the connection was made; {@link Ticker#nanos()}. */
  public long idleSince() {
    return idleSince;
  }

  /** Closes the connection; a running exchange fails. */
  public void close() {
    ctx.close();
  }

  // --- the request -----------------------------------------------------------------------------

  @Override
  public boolean reusedConnection() {
    return exchanges > 1;
  }

  @Override
  public void sendHead(RequestHead head, boolean last) {
    if (receiver == null) {
      return;
    }
    requestBegun = true;
    toHead = head.methodIs(HEAD_METHOD);
    upgradeAsked = head.fields().contains(HeaderName.UPGRADE);
    encoder.begin(RequestWriter.write(out, head, last));
    requestEnded = last;
  }

  @Override
  public void sendBody(ByteBuf data, boolean last) {
    if (receiver == null) {
      data.release();
    } else if (tunnel != null) {
      out.append(data);
      if (last) {
        tunnel.endOutput(out);
        endTunnelIfOver();
      }
    } else if (!encoder.write(out, data, last)) {
      fail(misfit());
    } else {
      requestEnded |= last;
    }
  }

  @Override
  public void sendTrailers(Fields trailers) {
    if (receiver == null) {
      return;
    }
    if (encoder.end(out, trailers)) {
      requestEnded = true;
    } else {
      fail(misfit());
    }
  }

  private static Failure misfit() {
    return Failure.local(Reason.INTERNAL, "request body does not fit its Content-Length");
  }

  @Override
  public void flush() {
    if (reading) {
      flushWanted = true;
    } else {
      out.flush();
    }
  }

  @Override
  public boolean writable() {
    return ctx.channel().isWritable();
  }

  @Override
  public void pause() {
    gate.close();
  }

  @Override
  public void resume() {
    gate.open();
  }

  @Override
  public void cancel() {
    if (receiver != null) {
      receiver = null;
      shut();
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    ResponseReceiver current = receiver;
    if (current != null && writable()) {
      current.upstreamWritable();
    }
  }

  // --- the response ----------------------------------------------------------------------------

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    reading = true;
    gate.bytesCame();
    input = (ByteBuf) message;
    try {
      for (ByteBuf in = input; in != null && in.isReadable(); in = input) {
        switch (state) {
          case HEAD -> readHead(in);
          case BODY -> readBody(in);
          case TUNNEL -> {
            input = null;
            Objects.requireNonNull(receiver).responseBody(in, false);
          }
          case IDLE -> shut();
          case CLOSED -> in.skipBytes(in.readableBytes());
        }
      }
    } finally {
      if (input != null) {
        input.release();
        input = null;
      }
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    reading = false;
    ResponseReceiver current = receiver;
    if (current != null) {
      current.responseReadComplete();
    }
    if (flushWanted) {
      flushWanted = false;
      out.flush();
    }
  }

  private void readHead(ByteBuf in) {
    if (!requestBegun) {
      fail(Defect.UNASKED_RESPONSE);
      return;
    }
    if (!headBegun) {
      reader.begin();
      headBegun = true;
    }
    switch (reader.read(in, toHead)) {
      case MORE -> {}
      case REFUSED -> fail(Objects.requireNonNull(reader.defect()));
      case DONE -> {
        headBegun = false;
        head();
      }
    }
  }

  private void head() {
    ResponseReceiver current = Objects.requireNonNull(receiver);
    int status = reader.head().status();
    if (status == 101) {
      if (!upgradeAsked || !requestEnded) {
        fail(Defect.UNASKED_UPGRADE);
        return;
      }
      tunnel = new Tunnel(ctx.channel());
      state = State.TUNNEL;
      responseBegun = true;
      current.responseHead(reader.head(), false);
    } else if (status < 200) {
      if (++informational > MAX_INFORMATIONAL) {
        fail(Defect.TOO_MANY_INFORMATIONAL);
        return;
      }
      current.responseInformational(reader.head());
    } else {
      long length = reader.bodyLength();
      persistent = reader.persistent();
      responseBegun = true;
      body.begin(length);
      state = State.BODY;
      current.responseHead(reader.head(), length == 0);
      if (length == 0) {
        complete();
      }
    }
  }

  private void readBody(ByteBuf in) {
    int next = body.next(in);
    if (next > 0) {
      next = deliver(in, next);
    }
    if (state != State.BODY || receiver == null) {
      return;
    }
    if (next == BodyDecoder.REFUSED) {
      fail(Objects.requireNonNull(body.defect()));
    } else if (next == BodyDecoder.END) {
      bodyEnded();
    }
  }

  /** Passes a piece on; the result is what comes after it, unless the receiver knows already. */
  private int deliver(ByteBuf in, int count) {
    ByteBuf piece = in;
    int next = BodyDecoder.MORE;
    if (count == in.readableBytes()) {
      input = null;
      body.took(count);
      if (body.complete()) {
        next = BodyDecoder.END;
      }
    } else {
      piece = in.readRetainedSlice(count);
      body.took(count);
      next = body.next(in);
    }
    // Saying with the last piece that it is the last saves a write.
    boolean last = next == BodyDecoder.END && !body.hasTrailers();
    Objects.requireNonNull(receiver).responseBody(piece, last);
    if (last) {
      complete();
      return BodyDecoder.MORE;
    }
    return next;
  }

  private void bodyEnded() {
    ResponseReceiver current = Objects.requireNonNull(receiver);
    if (body.hasTrailers()) {
      current.responseTrailers(body.trailers());
    } else {
      current.responseBody(Unpooled.EMPTY_BUFFER, true);
    }
    complete();
  }

  /** The response is complete and the receiver, if it did not cancel meanwhile, knows. */
  private void complete() {
    if (receiver == null) {
      return;
    }
    receiver = null;
    boolean more = input != null && input.isReadable();
    if (persistent && requestEnded && !more && ctx.channel().isActive()) {
      state = State.IDLE;
      idleSince = ticker.nanos();
      gate.open();
      owner.released(this);
    } else {
      shut();
    }
  }

  private void endTunnelIfOver() {
    if (tunnel != null && tunnel.over()) {
      receiver = null;
      state = State.CLOSED;
    }
  }

  // --- ends ------------------------------------------------------------------------------------

  private void fail(Defect defect) {
    fail(defect.inResponse());
  }

  private void fail(Failure failure) {
    ResponseReceiver current = receiver;
    receiver = null;
    if (current != null) {
      current.responseFailed(failure);
    }
    shut();
  }

  private void shut() {
    state = State.CLOSED;
    out.discard();
    ctx.close();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event instanceof SslCloseCompletionEvent close && !close.isSuccess()) {
      // Anybody on the way can end a connection, only the peer can say so (RFC 9112, 9.8).
      broken = true;
    }
    if (event == ChannelInputShutdownEvent.INSTANCE && tunnel != null && !tunnel.inputEnded()) {
      tunnel.endInput();
      ResponseReceiver current = receiver;
      endTunnelIfOver();
      if (current != null) {
        current.responseBody(Unpooled.EMPTY_BUFFER, true);
      }
    }
    context.fireUserEventTriggered(event);
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    ResponseReceiver current = receiver;
    receiver = null;
    boolean complete =
        tunnel != null
            ? tunnel.outputEnded()
            : state == State.BODY && body.endsWithConnection() && !broken;
    state = State.CLOSED;
    out.discard();
    if (current != null) {
      if (complete) {
        current.responseBody(Unpooled.EMPTY_BUFFER, true);
      } else {
        current.responseFailed(lost());
      }
    }
    owner.closed(this);
    context.fireChannelInactive();
  }

  private Failure lost() {
    if (!requestBegun) {
      return Failure.upstream(Reason.UPSTREAM_RESET, Retry.UNSENT, "closed before the request");
    }
    if (responseBegun) {
      return Failure.upstream(Reason.UPSTREAM_RESET, Retry.NEVER, "closed within the response");
    }
    if (reusedConnection() && !headBegun && informational == 0) {
      return Failure.upstream(
          Reason.UPSTREAM_RESET, Retry.REUSED_CONNECTION, "idle connection closed");
    }
    return Failure.upstream(Reason.UPSTREAM_RESET, Retry.POLICY, "closed before the response");
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (cause instanceof IOException || cause instanceof DecoderException) {
      // Of a write: what the upstream has to say may still come. Of a read: the channel closes.
      broken = true;
      return;
    }
    log.error("Exchange broken by a bug", cause);
    fail(Failure.local(Reason.INTERNAL, cause.toString()));
  }
}
