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
  /** Most of an unwanted response that is read to keep its connection. */
  static final int DISCARDED_BYTES = 64 * 1024;

  private final Exchange exchange;
  private @Nullable EndpointState endpoint;
  private @Nullable PendingStream pending;
  private @Nullable UpstreamStream stream;
  private boolean over = true;
  private long sentAt;

  /** What may still be thrown away of a response that nobody wants; -1 while somebody does. */
  private int discardable = -1;

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

  /**
   * Its response, of which the head is there, is not wanted. What follows is thrown away without
   * the exchange hearing of it, so that the connection is kept if little follows.
   */
  void discard() {
    discardable = DISCARDED_BYTES;
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
    if (discardable < 0) {
      exchange.responseBody(this, data, last);
      return;
    }
    discardable -= data.readableBytes();
    data.release();
    if (last) {
      complete();
    } else if (discardable < 0) {
      discardable = 0;
      cancel();
    }
  }

  @Override
  public void responseTrailers(Fields trailers) {
    if (discardable >= 0) {
      complete();
      return;
    }
    exchange.responseTrailers(this, trailers);
  }

  @Override
  public void responseFailed(Failure failure) {
    end(true);
    if (discardable < 0) {
      exchange.attemptFailed(failure);
    }
  }

  @Override
  public void upstreamWritable() {
    if (discardable < 0) {
      exchange.upstreamWritable();
    }
  }

  @Override
  public void responseReadComplete() {
    if (discardable < 0) {
      exchange.responseReadComplete();
    }
  }
}
