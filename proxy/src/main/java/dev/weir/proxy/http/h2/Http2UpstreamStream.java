package dev.weir.proxy.http.h2;

import dev.weir.core.failure.Failure;
import dev.weir.core.failure.Failure.Retry;
import dev.weir.core.failure.Reason;
import dev.weir.core.http.Fields;
import dev.weir.core.http.RequestHead;
import dev.weir.core.http.ResponseHead;
import dev.weir.proxy.stream.ResponseReceiver;
import dev.weir.proxy.stream.UpstreamStream;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Stream;
import org.jspecify.annotations.Nullable;

/** One request to a backend and its response. It gets its stream, and number, with the head. */
final class Http2UpstreamStream implements UpstreamStream, SendQueue.Owner {
  private static final byte[] HEAD = {'H', 'E', 'A', 'D'};

  private final Http2UpstreamConnection connection;
  private final ResponseReceiver receiver;
  private final boolean reused;
  private final InboundBody in = new InboundBody();
  private @Nullable Http2Stream stream;
  private @Nullable SendQueue out;
  private boolean headRequest;
  private boolean requestSent;

  /** The final response head has come. */
  private boolean responded;

  /** The receiver hears no more: the response is complete, failed, or was given up. */
  private boolean over;

  private boolean touched;

  Http2UpstreamStream(
      Http2UpstreamConnection connection, ResponseReceiver receiver, boolean reused) {
    this.connection = connection;
    this.receiver = receiver;
    this.reused = reused;
  }

  // --- from the backend ------------------------------------------------------------------------

  /** A head that is not a trailer section; {@code flaw} tells why it is malformed. */
  void head(ResponseHead head, @Nullable String flaw, long contentLength, boolean last) {
    if (flaw != null) {
      malformed(flaw);
      return;
    }
    touch();
    if (head.status() < 200) {
      if (last) {
        malformed("interim response that ends the stream");
      } else {
        receiver.responseInformational(head);
      }
      return;
    }
    boolean bodiless = headRequest || head.status() == 204 || head.status() == 304;
    if (contentLength >= 0 && !bodiless) {
      in.expect(contentLength);
    }
    if (bodiless) {
      in.expect(0);
    }
    if (last && !in.accept(0, true)) {
      malformed("no DATA although Content-Length says so");
      return;
    }
    responded = true;
    over = last;
    receiver.responseHead(head, last);
    completeIf(last);
  }

  /** A DATA frame; returns how many bytes the window gets back at once. */
  int data(ByteBuf data, int padding, boolean last) {
    int length = data.readableBytes();
    if (over) {
      return length + padding;
    }
    if (!responded || !in.accept(length, last)) {
      malformed(responded ? "DATA does not match Content-Length" : "DATA before a response head");
      return length + padding;
    }
    touch();
    over = last;
    // Before the call, in which the receiver may pause or resume.
    int returned = in.passedOn(length);
    if (length > 0 || last) {
      receiver.responseBody(data.retain(), last);
    }
    completeIf(last);
    return returned + padding;
  }

  /** A trailer section. */
  void trailers(Fields trailers, @Nullable String flaw, boolean last) {
    if (over) {
      return;
    }
    if (flaw != null || !last || !in.accept(0, true)) {
      malformed(flaw != null ? flaw : "trailers do not end the response properly");
      return;
    }
    touch();
    over = true;
    receiver.responseTrailers(trailers);
    completeIf(true);
  }

  boolean responded() {
    return responded;
  }

  /** What is left of the request has no reader any more (RFC 9113, section 8.1). */
  private void completeIf(boolean last) {
    if (last && !requestSent) {
      resetStream(Http2Error.CANCEL);
    }
  }

  private void malformed(String detail) {
    fail(Failure.upstream(Reason.UPSTREAM_PROTOCOL_ERROR, Retry.POLICY, detail));
    resetStream(Http2Error.PROTOCOL_ERROR);
  }

  /** The backend reset the stream. */
  void resetByPeer(long errorCode) {
    Http2Error error = Http2Error.valueOf(errorCode);
    Retry retry = error == Http2Error.REFUSED_STREAM && !responded ? Retry.UNSENT : Retry.POLICY;
    fail(Failure.upstream(Reason.UPSTREAM_RESET, retry, "RST_STREAM " + error));
  }

  /** The stream is gone without having ended; {@code unsent}: the backend has not looked at it. */
  void lost(boolean unsent) {
    Retry retry =
        unsent ? Retry.UNSENT : reused && !responded ? Retry.REUSED_CONNECTION : Retry.POLICY;
    fail(Failure.upstream(Reason.UPSTREAM_RESET, retry, "HTTP/2 connection or stream closed"));
  }

  void fail(Failure failure) {
    if (!over) {
      over = true;
      receiver.responseFailed(failure);
    }
  }

  /** Netty has closed the stream: drops what was to be sent. */
  void closed() {
    if (out != null) {
      out.close();
    }
  }

  private void touch() {
    if (!touched) {
      touched = true;
      connection.touched(this);
    }
  }

  void readComplete() {
    touched = false;
    if (!over) {
      receiver.responseReadComplete();
    }
  }

  // --- from the exchange -----------------------------------------------------------------------

  @Override
  public boolean reusedConnection() {
    return reused;
  }

  @Override
  public void sendHead(RequestHead head, boolean last) {
    Http2Stream opened = over ? null : connection.open(this);
    if (opened == null) {
      return;
    }
    stream = opened;
    headRequest = head.methodIs(HEAD);
    SendQueue queue = new SendQueue(connection.output(), opened, this);
    out = queue;
    connection.output().request(opened, head, connection.secure(), last);
    if (last) {
      queue.endWithHead();
    }
  }

  @Override
  public void sendBody(ByteBuf data, boolean last) {
    if (out == null || over) {
      data.release();
    } else {
      out.body(data, last);
    }
  }

  @Override
  public void sendTrailers(Fields trailers) {
    if (out != null && !over) {
      out.trailers(trailers);
    }
  }

  @Override
  public void flush() {
    connection.output().flush();
  }

  @Override
  public boolean writable() {
    return out == null || out.writable();
  }

  @Override
  public void pause() {
    in.pause();
  }

  @Override
  public void resume() {
    if (stream != null && in.resume(connection.decoder().flowController(), stream)) {
      connection.output().flush();
    }
  }

  @Override
  public void cancel() {
    if (!over) {
      over = true;
      resetStream(Http2Error.CANCEL);
    }
  }

  private void resetStream(Http2Error error) {
    if (stream == null) {
      connection.released();
    } else {
      connection.reset(stream, error);
    }
  }

  // --- from the queue --------------------------------------------------------------------------

  @Override
  public void drained() {
    if (!over) {
      receiver.upstreamWritable();
    }
  }

  @Override
  public void sent() {
    requestSent = true;
    if (stream != null) {
      connection.output().endLocal(stream);
    }
  }
}
