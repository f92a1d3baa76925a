package dev.weir.proxy.http.h3;

import dev.weir.core.failure.Failure;
import dev.weir.core.failure.Reason;
import dev.weir.core.http.Fields;
import dev.weir.core.http.HeaderName;
import dev.weir.core.http.RequestHead;
import dev.weir.core.http.ResponseHead;
import dev.weir.proxy.http.HeaderBlock;
import dev.weir.proxy.http.RequestRules;
import dev.weir.proxy.http.RequestRules.Verdict;
import dev.weir.proxy.loop.Deadlines.Deadline;
import dev.weir.proxy.plan.HttpOptions;
import dev.weir.proxy.stream.DownstreamConnection;
import dev.weir.proxy.stream.DownstreamContext;
import dev.weir.proxy.stream.DownstreamStream;
import dev.weir.proxy.stream.RequestReceiver;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http3.DefaultHttp3DataFrame;
import io.netty.handler.codec.http3.DefaultHttp3HeadersFrame;
import io.netty.handler.codec.http3.Http3DataFrame;
import io.netty.handler.codec.http3.Http3ErrorCode;
import io.netty.handler.codec.http3.Http3Headers;
import io.netty.handler.codec.http3.Http3HeadersFrame;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.util.AsciiString;
import io.netty.util.ReferenceCountUtil;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One request and its response on a client's HTTP/3 connection: the last handler of a request
 * stream, after Netty's codec for frames.
 */
final class Http3DownstreamStream extends ChannelInboundHandlerAdapter implements DownstreamStream {
  private static final Logger log = LoggerFactory.getLogger(Http3DownstreamStream.class);
  private static final HeaderName WEIR_REASON = HeaderName.of("weir-reason");
  private static final byte[] HEAD = {'H', 'E', 'A', 'D'};
  private static final long UNKNOWN = -1;

  private final Http3DownstreamConnection connection;
  private final QuicStreamChannel stream;
  private final DownstreamContext context;
  private final ChannelFutureListener written = this::written;
  private final Deadline readDeadline;
  private @Nullable RequestHead head;
  private @Nullable RequestReceiver receiver;
  private @Nullable ChannelFuture lastWrite;
  private long contentLength = UNKNOWN;
  private long received;

  /**
   * The head is valid and waits for what comes after it: whether there is a body decides how the
   * request is framed, and QUIC may tell of the end a little later.
   */
  private boolean held;

  /** The client's side of the stream has ended. */
  private boolean inputClosed;

  /** The receiver has heard the end of the request, or will hear no more. */
  private boolean requestDone;

  /** The final response head was sent. */
  private boolean responded;

  /** The response's end was given to us, or it was broken off: the exchange is over. */
  private boolean responseDone;

  private boolean answered;

  Http3DownstreamStream(Http3DownstreamConnection connection, QuicStreamChannel stream) {
    this.connection = connection;
    this.stream = stream;
    this.context = connection.context();
    readDeadline = context.deadlines().create(this::readTimeout);
    readDeadline.set(context.options().headerReadNanos());
  }

  // --- from the client -------------------------------------------------------------------------

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    try {
      switch (message) {
        case Http3HeadersFrame frame when head == null -> headers(frame.headers());
        case Http3HeadersFrame frame -> trailers(frame.headers());
        case Http3DataFrame frame -> data(frame.content());
        default -> {} // Unknown frames are ignored (RFC 9114, section 9).
      }
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event == ChannelInputShutdownEvent.INSTANCE) {
      inputClosed = true;
      endOfInput();
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    if (held) {
      // The end of the stream, if it is here already, is told right after.
      ctx.executor().execute(this::beginOpen);
    }
    readComplete();
  }

  private void readComplete() {
    if (receiver != null && !responseDone) {
      receiver.requestReadComplete();
    }
  }

  private void headers(Http3Headers headers) {
    if (responseDone) {
      return;
    }
    readDeadline.clear();
    HttpOptions options = context.options();
    HeaderBlock block = fill(headers);
    RequestHead taken = connection.blocks().take();
    head = taken;
    contentLength = block.contentLength();
    Verdict verdict = RequestRules.apply(block, taken, options, true);
    switch (verdict) {
      case ACCEPTED -> {
        if (options.maxBodyBytes() > 0 && contentLength > options.maxBodyBytes()) {
          reject(Reason.BODY_TOO_LARGE, "Content-Length");
        } else {
          held = true;
        }
      }
      case MALFORMED -> {
        String flaw = block.flaw();
        malformedHead(flaw == null ? "malformed request" : flaw);
      }
      case BAD_PATH -> reject(Reason.BAD_REQUEST, "path");
      case HEADERS_TOO_LARGE -> reject(Reason.HEADERS_TOO_LARGE, "request head");
      case URI_TOO_LONG -> reject(Reason.URI_TOO_LONG, "request target");
      case NOT_IMPLEMENTED -> reject(Reason.NOT_IMPLEMENTED, "CONNECT");
      case EXPECTATION_FAILED -> reject(Reason.EXPECTATION_FAILED, "Expect");
    }
  }

  /** Takes the fields over, with all checks that HTTP/2 and HTTP/3 have in common. */
  private HeaderBlock fill(Http3Headers headers) {
    HeaderBlock block = connection.blocks().begin();
    for (Map.Entry<CharSequence, CharSequence> field : headers) {
      block.add(AsciiString.of(field.getKey()), AsciiString.of(field.getValue()));
    }
    return block;
  }

  private void beginOpen() {
    if (held) {
      begin(false);
      readComplete();
    }
  }

  /** Opens the exchange. */
  private void begin(boolean last) {
    held = false;
    RequestHead ready = head;
    if (ready == null || responseDone) {
      return;
    }
    if (last && contentLength > 0) {
      malformedHead("Content-Length without a body");
      return;
    }
    requestDone = last;
    long readNanos = context.options().requestReadNanos();
    if (!last && readNanos > 0) {
      readDeadline.set(readNanos);
    }
    RequestReceiver opened = context.acceptor().open(this);
    receiver = opened;
    opened.requestHead(ready, last);
  }

  private void data(ByteBuf data) {
    if (held) {
      begin(false);
    }
    RequestReceiver to = receiver;
    if (to == null || requestDone || responseDone) {
      return;
    }
    received += data.readableBytes();
    if (contentLength != UNKNOWN && received > contentLength) {
      breakOff("DATA does not match Content-Length");
      return;
    }
    long maxBody = context.options().maxBodyBytes();
    if (maxBody > 0 && received > maxBody) {
      refuse(Reason.BODY_TOO_LARGE);
      return;
    }
    if (data.isReadable()) {
      to.requestBody(data.retain(), false);
    }
  }

  private void trailers(Http3Headers headers) {
    if (held) {
      begin(false);
    }
    RequestReceiver to = receiver;
    if (to == null || requestDone || responseDone) {
      return;
    }
    HeaderBlock block = fill(headers);
    String flaw = block.trailerFlaw();
    if (flaw == null && contentLength != UNKNOWN && received != contentLength) {
      flaw = "DATA does not match Content-Length";
    }
    if (flaw != null) {
      breakOff(flaw);
      return;
    }
    endRequest();
    to.requestTrailers(block.fields());
  }

  private void endOfInput() {
    if (held) {
      begin(true);
      readComplete();
      return;
    }
    RequestReceiver to = receiver;
    if (head == null && !responseDone) {
      fail(Http3ErrorCode.H3_REQUEST_INCOMPLETE, "stream without a request");
    } else if (to != null && !requestDone && !responseDone) {
      if (contentLength != UNKNOWN && received != contentLength) {
        breakOff("DATA does not match Content-Length");
        return;
      }
      endRequest();
      to.requestBody(Unpooled.EMPTY_BUFFER, true);
      readComplete();
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (stream.isWritable() && receiver != null && !responseDone) {
      receiver.downstreamWritable();
    }
  }

  /** The client has reset the stream, or sent what is no HTTP/3. */
  @Override
  @SuppressWarnings("deprecation") // Netty deprecates it on the base interface only
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    log.debug("{} is broken off: {}", stream, cause.toString());
    if (receiver == null && !responseDone) {
      fail(Http3ErrorCode.H3_MESSAGE_ERROR, "malformed request");
    } else if (!answered) {
      abort(Failure.downstream(Reason.DOWNSTREAM_RESET, "HTTP/3 stream reset"));
      shutdown(Http3ErrorCode.H3_REQUEST_CANCELLED);
      connection.bad();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    held = false;
    readDeadline.cancel();
    if (!answered) {
      abort(Failure.downstream(Reason.DOWNSTREAM_RESET, "HTTP/3 stream closed"));
    }
    RequestHead used = head;
    if (used != null && responseDone) {
      connection.blocks().giveBack(used);
    }
    connection.streamClosed();
  }

  private void readTimeout() {
    if (head == null) {
      fail(Http3ErrorCode.H3_REQUEST_CANCELLED, "request head not complete in time");
    } else {
      refuse(Reason.DOWNSTREAM_TIMEOUT);
    }
  }

  // --- refusals ----------------------------------------------------------------------------------

  /** The head is no valid request (RFC 9114, section 4.1.2). */
  private void malformedHead(String flaw) {
    fail(Http3ErrorCode.H3_MESSAGE_ERROR, flaw);
  }

  /** There is no exchange and there will be none. */
  private void fail(Http3ErrorCode code, String detail) {
    held = false;
    responseDone = true;
    connection.rejected(
        Failure.downstream(
            code == Http3ErrorCode.H3_REQUEST_CANCELLED
                ? Reason.DOWNSTREAM_TIMEOUT
                : Reason.BAD_REQUEST,
            detail));
    shutdown(code);
    connection.bad();
  }

  /** The request is well-formed but refused, and the client gets a response that says so. */
  private void reject(Reason reason, String detail) {
    responseDone = true;
    connection.rejected(Failure.downstream(reason, detail));
    reply(reason);
  }

  private void breakOff(String flaw) {
    abort(Failure.downstream(Reason.BAD_REQUEST, flaw));
    shutdown(Http3ErrorCode.H3_MESSAGE_ERROR);
    connection.bad();
  }

  /** Gives the request up for a reason that the client gets as a response, if none was begun. */
  private void refuse(Reason reason) {
    boolean answer = !responded && !responseDone;
    abort(Failure.downstream(reason, "after the request head"));
    if (answer) {
      reply(reason);
    } else {
      shutdown(Http3ErrorCode.H3_REQUEST_CANCELLED);
    }
  }

  /** The exchange, if there is one, ends here; the receiver hears it if it was not over. */
  private void abort(Failure failure) {
    if (!responseDone) {
      responseDone = true;
      endRequest();
      if (receiver != null) {
        receiver.requestAborted(failure);
      }
    }
  }

  private void endRequest() {
    requestDone = true;
    readDeadline.clear();
  }

  /** Answers without an exchange, or after one that ended without an answer. */
  private void reply(Reason reason) {
    endRequest();
    ResponseHead reply = new ResponseHead(new Fields(64));
    reply.status(reason.status());
    reply.fields().add(HeaderName.CONTENT_LENGTH, "0");
    if (context.options().reasonHeader()) {
      reply.fields().add(WEIR_REASON, reason.code());
    }
    write(new DefaultHttp3HeadersFrame(ResponseHeaders.of(reply)));
    end();
    stream.flush();
  }

  /** Resets both directions; the channel closes. */
  private void shutdown(Http3ErrorCode code) {
    if (stream.isActive()) {
      stream.shutdown(code.code(), stream.newPromise());
    }
  }

  // --- from the exchange -----------------------------------------------------------------------

  @Override
  public DownstreamConnection connection() {
    return connection;
  }

  @Override
  public void sendInformational(ResponseHead response) {
    if (!responseDone && !responded) {
      write(new DefaultHttp3HeadersFrame(ResponseHeaders.of(response)));
    }
  }

  @Override
  public void sendHead(ResponseHead response, boolean last) {
    if (responseDone) {
      return;
    }
    responded = true;
    responseDone = last;
    write(new DefaultHttp3HeadersFrame(ResponseHeaders.of(response)));
    if (last || bodiless(response.status())) {
      end();
    }
  }

  private boolean bodiless(int status) {
    return status == 204 || status == 304 || (head != null && head.methodIs(HEAD));
  }

  @Override
  public void sendBody(ByteBuf data, boolean last) {
    if (responseDone || answered) {
      responseDone |= last;
      data.release();
      return;
    }
    responseDone = last;
    if (data.isReadable()) {
      // The codec puts frames together by a buffer that takes readers' indices for 0.
      write(new DefaultHttp3DataFrame(data.readerIndex() == 0 ? data : data.slice()));
    } else {
      data.release();
    }
    if (last) {
      end();
    }
  }

  @Override
  public void sendTrailers(Fields trailers) {
    if (!responseDone) {
      responseDone = true;
      if (!answered) {
        write(new DefaultHttp3HeadersFrame(ResponseHeaders.of(trailers)));
        end();
      }
    }
  }

  private void write(Object frame) {
    ChannelFuture future = stream.write(frame);
    future.addListener(written);
    lastWrite = future;
  }

  private void written(ChannelFuture future) {
    if (!future.isSuccess() && !responseDone) {
      // The client wants no more of it (STOP_SENDING), or is gone.
      abort(Failure.downstream(Reason.DOWNSTREAM_RESET, "response not wanted"));
      shutdown(Http3ErrorCode.H3_REQUEST_CANCELLED);
      connection.bad();
    }
  }

  /** The response is complete: ends the stream once all of it is with QUIC. */
  private void end() {
    answered = true;
    ChannelFuture before = lastWrite;
    if (before == null || before.isDone()) {
      finish();
    } else {
      before.addListener(done -> finish());
    }
  }

  private void finish() {
    if (!stream.isActive()) {
      return;
    }
    connection.useful();
    stream.shutdownOutput();
    if (!inputClosed) {
      // What is left of the request nobody wants (RFC 9114, section 4.1).
      endRequest();
      stream.shutdownInput(Http3ErrorCode.H3_NO_ERROR.code(), stream.newPromise());
    }
  }

  @Override
  public void flush() {
    stream.flush();
  }

  @Override
  public boolean writable() {
    return stream.isWritable();
  }

  @Override
  public void pause() {
    stream.config().setAutoRead(false);
  }

  @Override
  public void resume() {
    stream.config().setAutoRead(true);
  }

  @Override
  public void reset(Failure failure) {
    if (!responseDone) {
      responseDone = true;
      endRequest();
      shutdown(
          switch (failure.reason()) {
            case DRAINING -> Http3ErrorCode.H3_REQUEST_REJECTED;
            case BAD_REQUEST -> Http3ErrorCode.H3_MESSAGE_ERROR;
            case REQUEST_TIMEOUT, BACKEND_REQUEST_TIMEOUT, IDLE_TIMEOUT, DOWNSTREAM_TIMEOUT ->
                Http3ErrorCode.H3_REQUEST_CANCELLED;
            default -> Http3ErrorCode.H3_INTERNAL_ERROR;
          });
    }
  }
}
