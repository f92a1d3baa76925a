package dev.weir.proxy.exchange;

import dev.weir.core.failure.Failure;
import dev.weir.core.failure.Reason;
import dev.weir.core.http.RequestHead;
import dev.weir.proxy.observe.CompletedExchange;
import dev.weir.proxy.stream.DownstreamConnection;
import dev.weir.proxy.upstream.EndpointState;
import org.jspecify.annotations.Nullable;

/** The notes that one exchange takes about itself. */
final class Outcome implements CompletedExchange {
  private final ClientAddress client;
  private @Nullable DownstreamConnection connection;
  private @Nullable RequestHead request;
  private String listener = "";
  private long startNanos;

  @Nullable String route;
  @Nullable String cluster;
  @Nullable EndpointState endpoint;
  @Nullable Reason reason;
  @Nullable Failure failure;
  int attempts;
  int status;
  int grpcStatus;
  boolean tunnelled;
  long bytesReceived;
  long bytesSent;
  long durationNanos;
  long upstreamNanos;

  // What the request asked for, before it was rewritten.
  private int pathStart;
  private int pathEnd;
  private int targetEnd;
  private int authorityStart;
  private int authorityEnd;

  Outcome(ClientAddress client) {
    this.client = client;
  }

  void begin(String httpListener, DownstreamConnection from, RequestHead head, long now) {
    listener = httpListener;
    connection = from;
    request = head;
    startNanos = now;
    pathStart = head.pathStart();
    pathEnd = head.pathEnd();
    targetEnd = head.targetEnd();
    authorityStart = head.authorityStart();
    authorityEnd = head.authorityEnd();
    route = null;
    cluster = null;
    endpoint = null;
    reason = null;
    failure = null;
    attempts = 0;
    status = 0;
    grpcStatus = -1;
    tunnelled = false;
    bytesReceived = 0;
    bytesSent = 0;
    durationNanos = 0;
    upstreamNanos = -1;
  }

  void failed(Failure why) {
    failure = why;
    reason = why.reason();
  }

  void end(long now) {
    durationNanos = now - startNanos;
    RequestHead head = request();
    head.pathAt(pathStart, pathEnd, targetEnd);
    head.authorityAt(authorityStart, authorityEnd);
  }

  /** Holds on to nothing. */
  void forget() {
    connection = null;
    request = null;
    endpoint = null;
    failure = null;
  }

  @Override
  public DownstreamConnection connection() {
    return present(connection);
  }

  @Override
  public RequestHead request() {
    return present(request);
  }

  private static <T> T present(@Nullable T value) {
    if (value == null) {
      throw new IllegalStateException("the exchange is over");
    }
    return value;
  }

  @Override
  public String listener() {
    return listener;
  }

  @Override
  public @Nullable String route() {
    return route;
  }

  @Override
  public @Nullable String cluster() {
    return cluster;
  }

  @Override
  public @Nullable String endpoint() {
    return endpoint == null ? null : endpoint.text();
  }

  @Override
  public int attempts() {
    return attempts;
  }

  @Override
  public byte[] clientBytes() {
    return client.bytes();
  }

  @Override
  public int clientStart() {
    return client.start();
  }

  @Override
  public int clientEnd() {
    return client.end();
  }

  @Override
  public int status() {
    return status;
  }

  @Override
  public int grpcStatus() {
    return grpcStatus;
  }

  @Override
  public @Nullable Reason reason() {
    return reason;
  }

  @Override
  public @Nullable Failure failure() {
    return failure;
  }

  @Override
  public boolean tunnelled() {
    return tunnelled;
  }

  @Override
  public long bytesReceived() {
    return bytesReceived;
  }

  @Override
  public long bytesSent() {
    return bytesSent;
  }

  @Override
  public long startNanos() {
    return startNanos;
  }

  @Override
  public long durationNanos() {
    return durationNanos;
  }

  @Override
  public long upstreamNanos() {
    return upstreamNanos;
  }
}
