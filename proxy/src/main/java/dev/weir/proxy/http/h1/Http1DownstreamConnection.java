package dev.weir.proxy.http.h1;

import dev.weir.core.failure.Failure;
import dev.weir.core.failure.Reason;
import dev.weir.core.http.Fields;
import dev.weir.core.http.ResponseHead;
import dev.weir.proxy.http.PeerAddress;
import dev.weir.proxy.loop.Deadlines.Deadline;
import dev.weir.proxy.loop.SocketOptions;
import dev.weir.proxy.plan.HttpOptions;
import dev.weir.proxy.stream.DownstreamConnection;
import dev.weir.proxy.stream.DownstreamContext;
import dev.weir.proxy.stream.DownstreamStream;
import dev.weir.proxy.stream.RequestReceiver;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.DecoderException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The downstream codec of HTTP/1.1 and 1.0: the last handler of a client's connection, behind the
 * socket or the {@code SslHandler}. One exchange at a time: the next request is not looked at
 * before the current one is answered, and reading stops only if a pipelined one has really come.
 */
public final class Http1DownstreamConnection extends ChannelInboundHandlerAdapter
    implements DownstreamConnection, DownstreamStream {

  /** What of a response may wait for a slow client; see {@code docs/limits.md}. */
  static final WriteBufferWaterMark WATERMARKS =
      new WriteBufferWaterMark(SocketOptions.LOW_WATER, SocketOptions.HIGH_WATER);

  /**
   * What is read of a request's body after its response, to save the connection or the response.
   */
  static final int DISCARD_BYTES = 64 * 1024;

  static final long DISCARD_NANOS = TimeUnit.SECONDS.toNanos(2);

  /** How long a client may still ask for something when the connection is to end. */
  public static final long LAST_REQUEST_NANOS = TimeUnit.SECONDS.toNanos(1);

  private static final Logger log = LoggerFactory.getLogger(Http1DownstreamConnection.class);
  private static final Failure CLIENT_GONE =
      Failure.downstream(Reason.DOWNSTREAM_RESET, "connection closed by the client");
  private static final Failure SLOW_HEAD =
      Failure.downstream(Reason.DOWNSTREAM_TIMEOUT, "request head not complete in time");
  private static final Failure SLOW_BODY =
      Failure.downstream(Reason.DOWNSTREAM_TIMEOUT, "request body not complete in time");

  /** What the next bytes from the client are. */
  private enum State {
    /** A head, or nothing for now. */
    HEAD,
    /** The body of the running exchange. */
    BODY,
    /** A later request; the running exchange has its whole request. */
    WAIT,
    /** What is left of a body whose response is complete. */
    DISCARD,
    /** Raw bytes. */
    TUNNEL,
    /** Nothing any more, but the client has to read our last answer before the socket closes. */
    LINGER,
    /** Nothing any more. */
    CLOSED
  }

  private final DownstreamContext context;
  private final BodyDecoder body = new BodyDecoder(HeadScanner.Kind.REQUEST_TRAILERS);
  private final BodyEncoder encoder = new BodyEncoder();
  private final Runnable resumption = this::resumeAdvance;

  // Set when the handler is added.
  private ChannelHandlerContext ctx;
  private WireBuffer out;
  private ReadGate gate;
  private Deadline deadline;

  private State state = State.HEAD;
  private @Nullable RequestReader reader;
  private HttpOptions options;
  private boolean headBegun;
  private boolean draining;

  /** What was read and not used yet. */
  private @Nullable ByteBuf input;

  private boolean reading;
  private boolean advancing;
  private boolean flushWanted;

  // The running exchange.
  private @Nullable RequestReceiver receiver;
  private boolean persistent;
  private boolean responseBegun;
  private boolean continueSent;
  private long bodyBytes;
  private @Nullable Tunnel tunnel;

  private byte @Nullable [] peerAddress;

  /** A codec to be added to the pipeline of a connection that was accepted. */
  @SuppressWarnings("NullAway.Init") // handlerAdded comes before everything else
  public Http1DownstreamConnection(DownstreamContext context) {
    this.context = context;
    this.options = context.options();
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    ctx = context;
    out = new WireBuffer(ctx);
    gate = new ReadGate(ctx.channel().config());
    ctx.channel().config().setWriteBufferWaterMark(WATERMARKS);
    deadline = this.context.deadlines().create(this::deadlineReached);
    deadline.set(options.connectionIdleNanos());
  }

  /**
   * Ends the connection with the response to the running request, or to the next one, or when none
   * has come for a while: to see a connection close says nothing to a client whose request is on
   * its way (RFC 9112 section 9.5).
   */
  public void drain() {
    draining = true;
    if (state == State.HEAD && !headBegun) {
      deadline.set(LAST_REQUEST_NANOS);
    }
  }

  /**
   * Ends the connection with the response to the running request, or at once: the client is not
   * served on these terms any more. Who has only just connected is answered once.
   */
  public void endWhenIdle() {
    drain();
    if (state == State.HEAD && !headBegun && reader != null) {
      closeWhenSent();
    }
  }

  // --- reading ---------------------------------------------------------------------------------

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf data = (ByteBuf) message;
    reading = true;
    gate.bytesCame();
    input = input == null ? data : joined(input, data);
    advance();
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    reading = false;
    RequestReceiver current = receiver;
    if (current != null) {
      current.requestReadComplete();
    }
    if (flushWanted) {
      flushWanted = false;
      out.flush();
    }
  }

  private ByteBuf joined(ByteBuf first, ByteBuf second) {
    ByteBuf both = ctx.alloc().ioBuffer(first.readableBytes() + second.readableBytes());
    both.writeBytes(first).writeBytes(second);
    first.release();
    second.release();
    return both;
  }

  /** Goes through what was read, as far as the state allows. */
  private void advance() {
    advancing = true;
    try {
      for (ByteBuf in = input; in != null; in = input) {
        if (!in.isReadable()) {
          releaseInput();
          continue;
        }
        switch (state) {
          case HEAD -> readHead(in);
          case BODY, DISCARD -> readBody(in);
          case WAIT -> {
            gate.close();
            gate.bytesCame();
            return;
          }
          case TUNNEL -> {
            input = null;
            Objects.requireNonNull(receiver).requestBody(in, false);
          }
          case LINGER -> {
            discard(in.readableBytes());
            releaseInput();
          }
          case CLOSED -> releaseInput();
        }
      }
    } finally {
      advancing = false;
    }
  }

  private void resumeAdvance() {
    if (input != null) {
      reading = true;
      advance();
      channelReadComplete(ctx);
    }
  }

  private void releaseInput() {
    if (input != null) {
      input.release();
      input = null;
    }
  }

  private void readHead(ByteBuf in) {
    if (reader == null) {
      reader = new RequestReader();
    }
    if (!headBegun) {
      options = context.options();
      reader.begin(options);
    }
    switch (reader.read(in, options)) {
      case MORE -> {
        if (!headBegun && options.headerReadNanos() > 0) {
          deadline.set(options.headerReadNanos());
        }
        headBegun = true;
      }
      case REFUSED -> reject(Objects.requireNonNull(reader.failure()));
      case DONE -> {
        headBegun = false;
        begin(reader);
      }
    }
  }

  private void begin(RequestReader request) {
    long length = request.bodyLength();
    boolean last = length == 0;
    state = last ? State.WAIT : State.BODY;
    persistent = request.persistent();
    responseBegun = false;
    continueSent = false;
    bodyBytes = 0;
    body.begin(length);
    deadline.set(last ? 0 : options.requestReadNanos());
    request.head().https(context.secure());
    RequestReceiver opened = context.acceptor().open(this);
    receiver = opened;
    opened.requestHead(request.head(), last);
  }

  private void readBody(ByteBuf in) {
    int next = body.next(in);
    if (next > 0) {
      next = state == State.DISCARD ? skip(in, next) : deliver(in, next);
    }
    if (state != State.BODY && state != State.DISCARD) {
      return;
    }
    if (next == BodyDecoder.REFUSED) {
      fail(Objects.requireNonNull(body.defect()).inRequest());
    } else if (next == BodyDecoder.END) {
      bodyEnded();
    }
  }

  /** Reads over a piece; the result is what comes after it. */
  private int skip(ByteBuf in, int count) {
    in.skipBytes(count);
    body.took(count);
    discard(count);
    return body.next(in);
  }

  /** Passes a piece on; the result is what comes after it, unless the receiver knows already. */
  private int deliver(ByteBuf in, int count) {
    bodyBytes += count;
    if (options.maxBodyBytes() > 0 && bodyBytes > options.maxBodyBytes()) {
      fail(Defect.BODY_TOO_LARGE.inRequest());
      return BodyDecoder.MORE;
    }
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
    if (last) {
      requestComplete();
    }
    Objects.requireNonNull(receiver).requestBody(piece, last);
    return last ? BodyDecoder.MORE : next;
  }

  private void bodyEnded() {
    if (state == State.DISCARD) {
      nextRequest();
      return;
    }
    requestComplete();
    RequestReceiver current = Objects.requireNonNull(receiver);
    if (body.hasTrailers()) {
      current.requestTrailers(body.trailers());
    } else {
      current.requestBody(Unpooled.EMPTY_BUFFER, true);
    }
  }

  private void requestComplete() {
    state = State.WAIT;
    deadline.clear();
  }

  private void discard(int count) {
    bodyBytes += count;
    if (bodyBytes > DISCARD_BYTES) {
      if (state == State.LINGER) {
        close();
      } else {
        linger();
      }
    }
  }

  // --- the response ----------------------------------------------------------------------------

  @Override
  public void sendInformational(ResponseHead head) {
    if (receiver == null || request().http10()) {
      return;
    }
    continueSent |= head.status() == 100;
    ResponseWriter.writeInformational(out, head);
  }

  @Override
  public void sendHead(ResponseHead head, boolean last) {
    if (receiver == null) {
      return;
    }
    responseBegun = true;
    if (head.status() == 101) {
      openTunnel(head);
      return;
    }
    boolean http10 = request().http10();
    long length = ResponseWriter.length(head, request().isHead(), http10, last);
    persistent &=
        length != BodyLength.UNTIL_CLOSE
            && !draining
            && !context.draining()
            && (state != State.BODY || discardable());
    ResponseWriter.write(
        out,
        head,
        length,
        !persistent
            ? ResponseWriter.Persistence.CLOSE
            : http10 ? ResponseWriter.Persistence.KEEP_ALIVE : ResponseWriter.Persistence.USUAL);
    encoder.begin(length);
    if (last) {
      responseEnded(encoder.end(out));
    }
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
      responseEnded(false);
    } else if (last) {
      responseEnded(true);
    }
  }

  @Override
  public void sendTrailers(Fields trailers) {
    if (receiver != null) {
      responseEnded(encoder.end(out, trailers));
    }
  }

  /**
   * The exchange is over.
   *
   * @param intact whether the response is as long as its head said
   */
  private void responseEnded(boolean intact) {
    if (!intact) {
      reset(Failure.local(Reason.INTERNAL, "response body does not fit its Content-Length"));
      return;
    }
    receiver = null;
    if (state == State.WAIT) {
      if (persistent && !draining) {
        nextRequest();
      } else if (input == null || !input.isReadable()) {
        closeWhenSent();
      } else {
        linger();
      }
    } else if (persistent && discardable()) {
      state = State.DISCARD;
      bodyBytes = 0;
      gate.open();
      deadline.set(DISCARD_NANOS);
    } else {
      linger();
    }
  }

  /**
   * Whether reading over the rest of the body promises to save the connection. A client that waits
   * for 100 might send the body or not: then nobody knows what the next bytes are.
   */
  private boolean discardable() {
    return body.remaining() <= DISCARD_BYTES
        && !(request().expectsContinue() && !continueSent && bodyBytes == 0);
  }

  private void nextRequest() {
    state = State.HEAD;
    gate.open();
    deadline.set(options.connectionIdleNanos());
    if (input != null && !advancing) {
      // Not at once: the exchange that just ended is still at work below us on the stack.
      ctx.channel().eventLoop().execute(resumption);
    }
  }

  private void openTunnel(ResponseHead head) {
    if (state != State.WAIT || !request().upgrade()) {
      reset(Failure.local(Reason.INTERNAL, "status 101 without an upgrade"));
      return;
    }
    ResponseWriter.writeInformational(out, head);
    tunnel = new Tunnel(ctx.channel());
    state = State.TUNNEL;
    gate.open();
    if (input != null && !advancing) {
      ctx.channel().eventLoop().execute(resumption);
    }
  }

  private void endTunnelIfOver() {
    if (tunnel != null && tunnel.over()) {
      receiver = null;
      state = State.CLOSED;
    }
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
    if (state == State.BODY || state == State.TUNNEL) {
      gate.open();
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    RequestReceiver current = receiver;
    if (current != null && writable()) {
      current.downstreamWritable();
    }
  }

  // --- ends ------------------------------------------------------------------------------------

  /** Answers a request that never became an exchange. */
  private void reject(Failure failure) {
    context.rejected(failure);
    answerAndClose(failure);
  }

  /** Breaks the running exchange off from the client's side. */
  private void fail(Failure failure) {
    RequestReceiver current = receiver;
    receiver = null;
    if (current != null) {
      current.requestAborted(failure);
    }
    if (responseBegun || state == State.LINGER || state == State.CLOSED) {
      close();
    } else {
      answerAndClose(failure);
    }
  }

  private void answerAndClose(Failure failure) {
    LocalReply.write(out, failure, options.reasonHeader());
    linger();
  }

  @Override
  public void reset(Failure failure) {
    if (receiver == null) {
      return;
    }
    receiver = null;
    if (encoder.endsWithConnection()) {
      // Only a reset tells the client that this is not the regular end.
      ctx.channel().config().setOption(ChannelOption.SO_LINGER, 0);
    }
    out.flushNow();
    close();
  }

  /** Closes after everything was sent; nothing more is expected from the client. */
  private void closeWhenSent() {
    state = State.CLOSED;
    deadline.set(options.connectionIdleNanos());
    out.finish().addListener(ChannelFutureListener.CLOSE);
  }

  /**
   * Sends everything, then waits until the client has closed or sent enough. If the socket closed
   * at once, bytes that arrive would be answered with a reset, which may destroy our answer before
   * it is read (RFC 9112, section 9.6).
   */
  private void linger() {
    state = State.LINGER;
    bodyBytes = 0;
    gate.open();
    deadline.set(options.connectionIdleNanos());
    out.finish()
        .addListener(done -> {
          deadline.set(DISCARD_NANOS);
          if (!context.secure() && ctx.channel() instanceof DuplexChannel duplex) {
            duplex.shutdownOutput();
          }
        });
    if (input != null && !advancing) {
      releaseInput();
    }
  }

  private void close() {
    state = State.CLOSED;
    out.sendPutOff();
    ctx.close();
  }

  private void deadlineReached() {
    switch (state) {
      case HEAD -> {
        if (headBegun) {
          reject(SLOW_HEAD);
        } else {
          close();
        }
      }
      case BODY -> fail(SLOW_BODY);
      case DISCARD, LINGER, CLOSED -> close();
      case WAIT, TUNNEL -> {}
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event == ChannelInputShutdownEvent.INSTANCE && tunnel != null && !tunnel.inputEnded()) {
      tunnel.endInput();
      RequestReceiver current = receiver;
      endTunnelIfOver();
      if (current != null) {
        current.requestBody(Unpooled.EMPTY_BUFFER, true);
      }
    }
    context.fireUserEventTriggered(event);
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    state = State.CLOSED;
    deadline.cancel();
    if (!advancing) {
      releaseInput();
    }
    out.discard();
    RequestReceiver current = receiver;
    receiver = null;
    if (current != null && tunnel != null && tunnel.outputEnded()) {
      current.requestBody(Unpooled.EMPTY_BUFFER, true);
    } else if (current != null) {
      current.requestAborted(CLIENT_GONE);
    }
    context.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (cause instanceof IOException || cause instanceof DecoderException) {
      close();
      return;
    }
    log.error("Exchange broken by a bug", cause);
    fail(Failure.local(Reason.INTERNAL, cause.toString()));
  }

  // --- the connection --------------------------------------------------------------------------

  private RequestReader request() {
    return Objects.requireNonNull(reader);
  }

  @Override
  public DownstreamConnection connection() {
    return this;
  }

  @Override
  public byte[] peerAddress() {
    if (peerAddress == null) {
      peerAddress = PeerAddress.text(ctx.channel().remoteAddress());
    }
    return peerAddress;
  }

  @Override
  public int localPort() {
    return ctx.channel().localAddress() instanceof InetSocketAddress address
        ? address.getPort()
        : 0;
  }

  @Override
  public boolean secure() {
    return context.secure();
  }

  @Override
  public @Nullable String serverName() {
    return context.serverName();
  }

  @Override
  public Protocol protocol() {
    return Protocol.HTTP_1;
  }
}
