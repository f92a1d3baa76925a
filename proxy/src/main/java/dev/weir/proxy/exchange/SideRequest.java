package dev.weir.proxy.exchange;

import dev.weir.core.failure.Failure;
import dev.weir.core.failure.Failure.Retry;
import dev.weir.core.failure.Reason;
import dev.weir.core.http.Fields;
import dev.weir.core.http.RequestHead;
import dev.weir.core.http.ResponseHead;
import dev.weir.proxy.loop.Deadlines.Deadline;
import dev.weir.proxy.stream.ResponseReceiver;
import dev.weir.proxy.stream.UpstreamStream;
import dev.weir.proxy.upstream.ClusterState;
import dev.weir.proxy.upstream.EndpointState;
import dev.weir.proxy.upstream.PendingStream;
import dev.weir.proxy.upstream.Reuse;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * A request beside an exchange, to one endpoint of a cluster: the copy for a mirror, or a question
 * of a filter. It uses the loop's pools and the cluster's limits as attempts do, and is no part of
 * the exchange: nothing here reads less from the client or delays the response.
 *
 * <p>It ends once, by {@link Receiver#ended}, by {@link Receiver#failed} or by {@link #cancel}.
 * After the request is whole it may last for the time that its maker gives it; before that, its
 * maker ends it. All calls on the loop.
 */
final class SideRequest implements ResponseReceiver {
  /**
   * What a piece that waits counts at least, in bytes: many small pieces cost more than their
   * content.
   */
  private static final int LEAST_PIECE = 512;

  private static final int ATTEMPTS = 2;

  /** The time was up. */
  static final Failure TIMEOUT =
      new Failure(
          Failure.Origin.LOCAL, Reason.BACKEND_REQUEST_TIMEOUT, Retry.NEVER, "side request");

  /** The endpoint does not take the body as fast as it comes. */
  static final Failure TOO_SLOW =
      Failure.upstream(Reason.UPSTREAM_OVERFLOW, Retry.NEVER, "too much of the body waits");

  /** Takes in the response. Nothing follows {@link #ended} or {@link #failed}. */
  interface Receiver {
    /** The final response head, lent for the call. */
    void head(ResponseHead head);

    /** A piece of the body; the receiver takes over the reference. */
    void body(ByteBuf data);

    /** Trailers, lent for the call. */
    void trailers(Fields trailers);

    /** The response is complete. */
    void ended();

    /** There will be no complete response. */
    void failed(Failure failure);
  }

  private final Exchanges worker;
  private final String cluster;
  private final RequestHead head;
  private final Receiver receiver;
  private final long nanos;
  private final int mostWaiting;
  private final Deadline deadline;

  /** The whole body, if it was there from the start. */
  private byte @Nullable [] content;

  /** No body and no trailers follow the head. */
  private final boolean headOnly;

  private final ArrayDeque<ByteBuf> waiting = new ArrayDeque<>(2);
  private int waitingBytes;
  private @Nullable Fields trailers;
  private boolean requestWhole;

  /** The end of the request was given to the stream. */
  private boolean endSent;

  /** Something of the body was given away, so that there can be no second attempt. */
  private boolean consumed;

  private int attempts;
  private @Nullable EndpointState endpoint;
  private @Nullable PendingStream pending;
  private @Nullable UpstreamStream stream;
  private boolean over;

  /**
   * A request whose body comes in pieces.
   *
   * @param head its own: nobody else changes it
   * @param headOnly no body follows
   * @param nanos time for it from the end of the request on
   * @param mostWaiting bytes of the body that may wait for the endpoint; beyond, it fails
   */
  SideRequest(
      Exchanges worker,
      String cluster,
      RequestHead head,
      boolean headOnly,
      long nanos,
      int mostWaiting,
      Receiver receiver) {
    this.worker = worker;
    this.cluster = cluster;
    this.head = head;
    this.headOnly = headOnly;
    this.nanos = nanos;
    this.mostWaiting = mostWaiting;
    this.receiver = receiver;
    this.requestWhole = headOnly;
    this.deadline = worker.deadlines().create(() -> giveUp(TIMEOUT));
  }

  /**
   * A request that is whole from the start.
   *
   * @param content its body; empty for none
   */
  static SideRequest whole(
      Exchanges worker,
      String cluster,
      RequestHead head,
      byte[] content,
      long nanos,
      Receiver receiver) {
    SideRequest request =
        new SideRequest(worker, cluster, head, content.length == 0, nanos, 0, receiver);
    if (content.length > 0) {
      request.content = content;
      request.requestWhole = true;
    }
    return request;
  }

  // --- the request
  // ---------------------------------------------------------------------------------

  /** Asks for a stream. What is sent is flushed by {@link #flush} only. */
  void start() {
    if (over) {
      return;
    }
    worker.sideRequests().began(this);
    if (requestWhole) {
      deadline.set(nanos);
    }
    attempt(Reuse.IDLE_ALLOWED);
  }

  private void attempt(Reuse reuse) {
    ClusterState found = worker.clusters().find(cluster);
    if (found == null) {
      end(Failure.local(Reason.NO_CLUSTER, "there is no cluster " + cluster));
      return;
    }
    EndpointState target = found.pick(worker.deadlines().now());
    if (target == null) {
      end(Failure.local(Reason.NO_HEALTHY_UPSTREAM, "cluster " + cluster + " has no endpoints"));
      return;
    }
    attempts++;
    int attempt = attempts;
    endpoint = target;
    PendingStream inLine = target.acquire(this, reuse);
    // It may have been answered, be over, or have been followed by another attempt already.
    if (!over && stream == null && attempts == attempt) {
      pending = inLine;
    }
  }

  /** Sends a piece of the body; takes over the caller's reference. */
  void send(ByteBuf data, boolean last) {
    if (over) {
      data.release();
      return;
    }
    if (data.isReadable()) {
      waiting.add(data);
      waitingBytes += weight(data);
    } else {
      data.release();
    }
    if (last) {
      becomeWhole();
    }
    pump();
    if (waitingBytes > mostWaiting) {
      giveUp(TOO_SLOW);
    }
  }

  /** Sends trailers, which end the request. */
  void sendTrailers(Fields fields) {
    if (!over) {
      trailers = Copies.of(fields);
      becomeWhole();
      pump();
    }
  }

  private void becomeWhole() {
    requestWhole = true;
    deadline.set(nanos);
  }

  private static int weight(ByteBuf data) {
    return Math.max(data.readableBytes(), LEAST_PIECE);
  }

  /** Gives the stream what waits, as far as it takes it. */
  private void pump() {
    UpstreamStream to = stream;
    if (to == null || endSent) {
      return;
    }
    while (to.writable()) {
      ByteBuf data = waiting.poll();
      if (data == null) {
        break;
      }
      waitingBytes -= weight(data);
      consumed = true;
      endSent = requestWhole && waiting.isEmpty() && trailers == null;
      to.sendBody(data, endSent);
      if (over || !to.equals(stream)) {
        return;
      }
    }
    if (requestWhole && !endSent && waiting.isEmpty()) {
      consumed = true;
      endSent = true;
      Fields last = trailers;
      if (last != null) {
        to.sendTrailers(last);
      } else {
        to.sendBody(Unpooled.EMPTY_BUFFER, true);
      }
    }
  }

  /** Hands what was sent to the socket. */
  void flush() {
    UpstreamStream to = stream;
    if (to != null) {
      to.flush();
    }
  }

  /** Whether all of the request is there, sent or not. */
  boolean requestWhole() {
    return requestWhole;
  }

  /** Gives it up; the receiver hears nothing more. Without effect once it is over. */
  void cancel() {
    if (over) {
      return;
    }
    PendingStream inLine = pending;
    UpstreamStream running = stream;
    close(true);
    if (inLine != null) {
      inLine.withdraw();
    }
    if (running != null) {
      running.cancel();
    }
  }

  private void giveUp(Failure failure) {
    if (!over) {
      cancel();
      receiver.failed(failure);
    }
  }

  // --- the codec's calls
  // ---------------------------------------------------------------------------

  @Override
  public void upstreamReady(UpstreamStream ready) {
    boolean waited = pending != null;
    pending = null;
    stream = ready;
    endSent = headOnly;
    ready.sendHead(head, headOnly);
    byte[] whole = content;
    if (whole != null && ready.equals(stream)) {
      endSent = true;
      ready.sendBody(Unpooled.wrappedBuffer(whole), true);
    }
    pump();
    if (waited) {
      flush();
    }
  }

  @Override
  public void responseInformational(ResponseHead informational) {}

  @Override
  public void responseHead(ResponseHead response, boolean last) {
    receiver.head(response);
    completeIf(last);
  }

  @Override
  public void responseBody(ByteBuf data, boolean last) {
    receiver.body(data);
    completeIf(last);
  }

  @Override
  public void responseTrailers(Fields fields) {
    receiver.trailers(fields);
    completeIf(true);
  }

  private void completeIf(boolean last) {
    if (last && !over) {
      close(false);
      receiver.ended();
    }
  }

  @Override
  public void responseFailed(Failure failure) {
    if (over) {
      return;
    }
    boolean again = attempts < ATTEMPTS && !consumed && harmless(failure.retry());
    if (!again) {
      end(failure);
      return;
    }
    pending = null;
    stream = null;
    leaveEndpoint(true);
    attempt(Reuse.NO_IDLE);
    flush();
  }

  /** Whether the attempt that failed so cannot have had an effect, or may have it twice. */
  private boolean harmless(Retry retry) {
    return switch (retry) {
      case UNSENT -> true;
      case REUSED_CONNECTION -> content != null || RetryRule.idempotent(head);
      case POLICY, NEVER -> false;
    };
  }

  @Override
  public void upstreamWritable() {
    pump();
    flush();
  }

  @Override
  public void responseReadComplete() {}

  // --- end
  // -----------------------------------------------------------------------------------------

  private void end(Failure failure) {
    close(true);
    receiver.failed(failure);
  }

  private void close(boolean failed) {
    over = true;
    pending = null;
    stream = null;
    trailers = null;
    deadline.cancel();
    ByteBuf data;
    while ((data = waiting.poll()) != null) {
      data.release();
    }
    waitingBytes = 0;
    leaveEndpoint(failed);
    worker.sideRequests().ended(this);
  }

  private void leaveEndpoint(boolean failed) {
    EndpointState left = endpoint;
    if (left != null) {
      endpoint = null;
      left.attemptOver(failed);
    }
  }
}
