package dev.weir.proxy.observe;

import dev.weir.core.failure.Failure;
import dev.weir.core.failure.Reason;
import org.jspecify.annotations.Nullable;

/**
 * What is known at the end of a TCP connection or UDP session that was passed on as it came. Names
 * come from the configuration, so that they are bounded and fit for labels; the server name does
 * not. Nothing here makes a String unless its method says that it allocates.
 */
public interface CompletedRelay {
  Protocol protocol();

  /** Name of the Listener. */
  String listener();

  /** Name of the route ({@code TcpPlan.name}, {@code UdpPlan.name}). */
  String route();

  /** Name of the cluster that was chosen. */
  String cluster();

  /** Address of the endpoint that was tried last, or null if none was. */
  @Nullable String endpoint();

  /** How many endpoints were tried. */
  int attempts();

  /** The client's address; allocates. */
  String clientAddress();

  /** The server name that the client asked for in TLS, lower case, or null. */
  @Nullable String serverName();

  /** Why it ended otherwise than by its own two ends, or null. */
  default @Nullable Reason reason() {
    Failure failure = failure();
    return failure == null ? null : failure.reason();
  }

  /** What happened, with a detail for the log, if {@link #reason()} stands for a failure. */
  @Nullable Failure failure();

  /** Bytes from the client, without TLS where that is ended here. */
  long bytesReceived();

  /** Bytes to the client, without TLS where that is ended here. */
  long bytesSent();

  /** Datagrams from the client; 0 for a connection. */
  long datagramsReceived();

  /** Datagrams to the client; 0 for a connection. */
  long datagramsSent();

  /** When it began, on the clock of the loop's {@code Deadlines}. */
  long startNanos();

  long durationNanos();

  /** From the first attempt to the connection with an endpoint; -1 if there was none. */
  long connectNanos();

  /** What came from the client. */
  enum Protocol {
    TCP("TCP"),
    /** TLS over TCP, ended here or not. */
    TLS("TLS"),
    UDP("UDP");

    private final String text;

    Protocol(String text) {
      this.text = text;
    }

    /** As written in access logs. */
    public String text() {
      return text;
    }
  }
}
