package dev.weir.proxy.observe;

import dev.weir.core.failure.Failure;
import dev.weir.core.failure.Reason;
import dev.weir.core.http.RequestHead;
import dev.weir.proxy.stream.DownstreamConnection;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one exchange at its end. Names come from the configuration, so that they are
 * bounded and fit for labels; what the client sent is not. Nothing here makes a String unless its
 * method says that it allocates.
 */
public interface CompletedExchange {
  /** The request came on this connection. */
  DownstreamConnection connection();

  /** Name of the listener as logs and metrics call it ({@code HttpPlan.name}). */
  String listener();

  /** Name of the route, or null if none matched. */
  @Nullable String route();

  /** Name of the cluster that was to answer, or null if there was none. */
  @Nullable String cluster();

  /** Address of the endpoint of the last attempt, or null if there was none. */
  @Nullable String endpoint();

  /** How many times a backend was tried. */
  int attempts();

  /**
   * The request: method, target and authority as the client sent them (the path in its normal
   * form), fields as they were forwarded, with {@code X-Request-Id}.
   */
  RequestHead request();

  /**
   * Holds the client's address after the rule for trusted proxies, as ASCII text from {@link
   * #clientStart} to {@link #clientEnd}.
   */
  byte[] clientBytes();

  int clientStart();

  int clientEnd();

  /** The client's address; allocates. */
  default String clientAddress() {
    int length = clientEnd() - clientStart();
    return new String(clientBytes(), clientStart(), length, StandardCharsets.ISO_8859_1);
  }

  /** Status that was sent to the client; 0 if none was. */
  int status();

  /** gRPC status from the trailers (or from a head without body) of a gRPC exchange, -1 if none. */
  int grpcStatus();

  /** Why the gateway itself answered or broke off, or null if a backend's response is complete. */
  @Nullable Reason reason();

  /** What happened, with a detail for the log, if {@link #reason()} stands for a failure. */
  @Nullable Failure failure();

  /** Whether the exchange became a tunnel of raw bytes (status 101). */
  boolean tunnelled();

  /** Bytes of the request body that came from the client, without framing. */
  long bytesReceived();

  /** Bytes of the response body that went to the client, without framing. */
  long bytesSent();

  /** When the request head was complete, on the clock of the loop's {@code Deadlines}. */
  long startNanos();

  /** From the end of the request head to the end of the exchange. */
  long durationNanos();

  /**
   * From the moment that the backend's response head was asked for (the request head was sent to
   * it) to its arrival, in the last attempt; -1 if there was none.
   */
  long upstreamNanos();
}
