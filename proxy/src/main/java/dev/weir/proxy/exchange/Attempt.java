package dev.weir.proxy.exchange;

import dev.weir.core.failure.Failure;
import dev.weir.core.http.Fields;
import dev.weir.core.http.ResponseHead;
import dev.weir.proxy.stream.ResponseReceiver;
import dev.weir.proxy.stream.UpstreamStream;
import dev.weir.proxy.upstream.EndpointState;
import dev.weir.proxy.upstream.PendingStream;
import dev.weir.proxy.upstream.Reuse;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** One try of an exchange at one endpoint: the upstream side of the exchange. */
final class Attempt implements ResponseReceiver {
  private final Exchange exchange;
  private @Nullable EndpointState endpoint;
  private @Nullable PendingStream pending;
  private @Nullable UpstreamStream stream;
  private boolean over = true;
  private long sentAt;

  Attempt(Exchange exchange) {
    this.exchange = exchange;
  }

  /** Asks {@code target} for a stream; the exchange hears of it, during the call or later. */
  void start(EndpointState target, Reuse reuse) {
    endpoint = target;
    over = false;
    pending = null;
    stream = null;
    PendingStream waiting = target.acquire(this, reuse);
    // It may have been answered, and even be over, already.
    if (!over && stream == null) {
      pending = waiting;
    }
  }

  /** Whether nothing more is to be expected of it. */
  boolean over() {
    return over;
  }

  /** Where the request goes; null while there is none or no longer. */
  @Nullable UpstreamStream stream() {
    return stream;
  }

  /** The endpoint tried, or null before the first. */
  @Nullable EndpointState endpoint() {
    return endpoint;
  }

  /** When the request head was sent. */
  long sentAt() {
    return sentAt;
  }

  void sentAt(long now) {
    sentAt = now;
  }

  /** Gives it up, whatever its state. */
  void cancel() {
    if (over) {
      return;
    }
    PendingStream waiting = pending;
    UpstreamStream running = stream;
    end(true);
    if (waiting != null) {
      waiting.withdraw();
    }
    if (running != null) {
      running.cancel();
    }
  }

  /** Response and, in a tunnel, request are complete. */
  void complete() {
    end(false);
  }

  private void end(boolean failed) {
    if (over) {
      return;
    }
    over = true;
    pending = null;
    stream = null;
    if (endpoint != null) {
      endpoint.attemptOver(failed);
    }
  }

  // --- the codec's calls
  // ---------------------------------------------------------------------------

  @Override
  public void upstreamReady(UpstreamStream ready) {
    pending = null;
    stream = ready;
    exchange.upstreamReady(this, ready);
  }

  @Override
  public void responseInformational(ResponseHead head) {
    exchange.responseInformational(head);
  }

  @Override
  public void responseHead(ResponseHead head, boolean last) {
    exchange.responseHead(this, head, last);
  }

  @Override
  public void responseBody(ByteBuf data, boolean last) {
    exchange.responseBody(this, data, last);
  }

  @Override
  public void responseTrailers(Fields trailers) {
    exchange.responseTrailers(this, trailers);
  }

  @Override
  public void responseFailed(Failure failure) {
    end(true);
    exchange.attemptFailed(failure);
  }

  @Override
  public void upstreamWritable() {
    exchange.upstreamWritable();
  }

  @Override
  public void responseReadComplete() {
    exchange.responseReadComplete();
  }
}
