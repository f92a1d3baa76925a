package dev.weir.proxy.http.h2;

import dev.weir.core.failure.Failure;
import dev.weir.core.failure.Reason;
import dev.weir.core.http.Fields;
import dev.weir.core.http.RequestHead;
import dev.weir.core.http.ResponseHead;
import dev.weir.proxy.loop.Deadlines;
import dev.weir.proxy.stream.DownstreamConnection;
import dev.weir.proxy.stream.DownstreamContext;
import dev.weir.proxy.stream.DownstreamStream;
import dev.weir.proxy.stream.RequestReceiver;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Stream;
import org.jspecify.annotations.Nullable;

/** One request and its response on a client's HTTP/2 connection. */
final class Http2DownstreamStream implements DownstreamStream, SendQueue.Owner {
  private static final byte[] HEAD = {'H', 'E', 'A', 'D'};

  private final Http2DownstreamConnection connection;
  private final Http2Stream stream;
  private final RequestHead head;
  private final SendQueue out;
  private final InboundBody in = new InboundBody();
  private @Nullable RequestReceiver receiver;

  /** The receiver has heard the end of the request, or will hear no more. */
  private boolean requestDone;

  /** The final response head was sent. */
  private boolean responded;

  /** The response's end was given to us, or it was broken off: the exchange is over. */
  private boolean responseDone;

  private boolean answered;
  private boolean touched;
  private Deadlines.@Nullable Deadline readDeadline;

  Http2DownstreamStream(
      Http2DownstreamConnection connection, Http2Stream stream, RequestHead head) {
    this.connection = connection;
    this.stream = stream;
    this.head = head;
    this.out = new SendQueue(connection.output(), stream, this);
  }

  RequestHead head() {
    return head;
  }

  // --- from the client -------------------------------------------------------------------------

  /** The head is valid: opens the exchange. */
  void start(DownstreamContext context, long contentLength, boolean last) {
    if (contentLength >= 0) {
      in.expect(contentLength);
    }
    requestDone = last;
    touch();
    long readNanos = context.options().requestReadNanos();
    if (!last && readNanos > 0) {
      readDeadline = context.deadlines().create(() -> refuse(Reason.DOWNSTREAM_TIMEOUT));
      readDeadline.set(readNanos);
    }
    RequestReceiver opened = context.acceptor().open(this);
    receiver = opened;
    opened.requestHead(head, last);
  }

  /** A DATA frame; returns how many bytes the window gets back at once. */
  int data(ByteBuf data, int padding, boolean last, long maxBody) {
    int length = data.readableBytes();
    RequestReceiver to = receiver;
    if (to == null || requestDone || responseDone) {
      return length + padding;
    }
    if (!in.accept(length, last)) {
      breakOff(Http2Error.PROTOCOL_ERROR, malformed("DATA does not match Content-Length"));
      return length + padding;
    }
    if (maxBody > 0 && in.received() > maxBody) {
      refuse(Reason.BODY_TOO_LARGE);
      return length + padding;
    }
    if (last) {
      endRequest();
    }
    touch();
    // Before the call, in which the receiver may pause or resume.
    int returned = in.passedOn(length);
    if (length > 0 || last) {
      to.requestBody(data.retain(), last);
    }
    return returned + padding;
  }

  /** A trailer section; {@code flaw} tells why it is malformed. */
  void trailers(Fields trailers, @Nullable String flaw, boolean last) {
    RequestReceiver to = receiver;
    if (to == null || requestDone || responseDone) {
      return;
    }
    if (flaw != null || !last || !in.accept(0, true)) {
      breakOff(
          Http2Error.PROTOCOL_ERROR,
          malformed(flaw != null ? flaw : "trailers do not end the request properly"));
      return;
    }
    endRequest();
    touch();
    to.requestTrailers(trailers);
  }

  /** Resets the stream for the client's fault. */
  void breakOff(Http2Error error, Failure failure) {
    abort(failure);
    connection.resetForFault(stream, error);
  }

  /** The stream is gone, whatever the reason; the receiver hears it if it was not over. */
  void abort(Failure failure) {
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
    if (readDeadline != null) {
      readDeadline.cancel();
    }
  }

  /** Whether the response is out of the exchange's hands. */
  boolean over() {
    return responseDone;
  }

  /** Whether the response was written whole. */
  boolean answered() {
    return answered;
  }

  /** Netty has closed the stream. */
  void closed() {
    out.close();
    if (!answered) {
      abort(Failure.downstream(Reason.DOWNSTREAM_RESET, "HTTP/2 stream closed"));
    }
  }

  /** Gives the request up for a reason that the client gets as a response, if none was begun. */
  void refuse(Reason reason) {
    boolean answer = !responded && !responseDone;
    abort(Failure.downstream(reason, "after the request head"));
    if (answer) {
      connection.reply(stream, reason);
    } else {
      connection.reset(stream, Http2Error.CANCEL);
    }
  }

  private static Failure malformed(String detail) {
    return Failure.downstream(Reason.BAD_REQUEST, detail);
  }

  private void touch() {
    if (!touched) {
      touched = true;
      connection.touched(this);
    }
  }

  void readComplete() {
    touched = false;
    if (receiver != null && !responseDone) {
      receiver.requestReadComplete();
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
      connection.output().response(stream, response, false);
    }
  }

  @Override
  public void sendHead(ResponseHead response, boolean last) {
    if (responseDone) {
      return;
    }
    responded = true;
    int status = response.status();
    boolean ends = last || status == 204 || status == 304 || head.methodIs(HEAD);
    responseDone = last;
    connection.output().response(stream, response, ends);
    if (ends) {
      out.endWithHead();
    }
  }

  @Override
  public void sendBody(ByteBuf data, boolean last) {
    if (responseDone) {
      data.release();
      return;
    }
    responseDone = last;
    out.body(data, last);
  }

  @Override
  public void sendTrailers(Fields trailers) {
    if (!responseDone) {
      responseDone = true;
      out.trailers(trailers);
    }
  }

  @Override
  public void flush() {
    connection.output().flush();
  }

  @Override
  public boolean writable() {
    return out.writable();
  }

  @Override
  public void pause() {
    in.pause();
  }

  @Override
  public void resume() {
    if (in.resume(connection.decoder().flowController(), stream)) {
      connection.output().flush();
    }
  }

  @Override
  public void reset(Failure failure) {
    if (!responseDone) {
      responseDone = true;
      endRequest();
      connection.reset(
          stream,
          switch (failure.reason()) {
            case DRAINING -> Http2Error.REFUSED_STREAM;
            case BAD_REQUEST -> Http2Error.PROTOCOL_ERROR;
            case REQUEST_TIMEOUT, BACKEND_REQUEST_TIMEOUT, IDLE_TIMEOUT, DOWNSTREAM_TIMEOUT ->
                Http2Error.CANCEL;
            default -> Http2Error.INTERNAL_ERROR;
          });
      connection.output().flush();
    }
  }

  // --- from the queue --------------------------------------------------------------------------

  @Override
  public void drained() {
    if (receiver != null && !responseDone) {
      receiver.downstreamWritable();
    }
  }

  /** The response is complete; what is left of the request nobody wants (RFC 9113, section 8.1). */
  @Override
  public void sent() {
    answered = true;
    connection.output().endLocal(stream);
    if (!requestDone) {
      endRequest();
      connection.reset(stream, Http2Error.NO_ERROR);
    }
  }
}
