package dev.weir.proxy.observe;

import dev.weir.core.failure.Failure;
import dev.weir.core.failure.Reason;
import dev.weir.core.http.Fields;
import dev.weir.core.http.HeaderName;
import dev.weir.core.http.RequestHead;
import dev.weir.proxy.stream.DownstreamConnection;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** An exchange as observers see it, with fixed values. */
record FinishedExchange(
    RequestHead request,
    @Nullable String route,
    int status,
    @Nullable Reason reason,
    @Nullable Failure failure,
    long durationNanos)
    implements CompletedExchange {

  static FinishedExchange forwarded(String target, String userAgent) {
    return new FinishedExchange(
        head(target, userAgent), "HTTPRoute/shop/cart/rule/0/match/0", 200, null, null, 1_042_000);
  }

  static FinishedExchange unrouted() {
    return new FinishedExchange(
        head("/nowhere", "curl"),
        null,
        404,
        Reason.NO_ROUTE,
        Failure.local(Reason.NO_ROUTE, "no route for shop.example.com"),
        30_000);
  }

  private static RequestHead head(String target, String userAgent) {
    RequestHead head = new RequestHead(new Fields(64));
    head.fields().add(HeaderName.USER_AGENT, userAgent);
    byte[] method = "GET".getBytes(StandardCharsets.US_ASCII);
    int at = head.fields().length();
    System.arraycopy(method, 0, head.fields().ensureWritable(method.length), at, method.length);
    head.fields().advance(method.length);
    head.methodAt(at, at + method.length);
    head.authority("shop.example.com".getBytes(StandardCharsets.US_ASCII));
    head.target(target.getBytes(StandardCharsets.ISO_8859_1));
    return head;
  }

  @Override
  public DownstreamConnection connection() {
    return new DownstreamConnection() {
      @Override
      public byte[] peerAddress() {
        return "192.0.2.7".getBytes(StandardCharsets.US_ASCII);
      }

      @Override
      public int localPort() {
        return 80;
      }

      @Override
      public boolean secure() {
        return false;
      }

      @Override
      public @Nullable String serverName() {
        return null;
      }

      @Override
      public Protocol protocol() {
        return Protocol.HTTP_1;
      }
    };
  }

  @Override
  public String listener() {
    return "Gateway/shop/edge/port/80";
  }

  @Override
  public @Nullable String cluster() {
    return route == null ? null : "Service/shop/cart/80";
  }

  @Override
  public @Nullable String endpoint() {
    return route == null ? null : "10.0.0.1:8080";
  }

  @Override
  public int attempts() {
    return route == null ? 0 : 1;
  }

  @Override
  public byte[] clientBytes() {
    return "192.0.2.7".getBytes(StandardCharsets.US_ASCII);
  }

  @Override
  public int clientStart() {
    return 0;
  }

  @Override
  public int clientEnd() {
    return "192.0.2.7".length();
  }

  @Override
  public int grpcStatus() {
    return -1;
  }

  @Override
  public boolean tunnelled() {
    return false;
  }

  @Override
  public long bytesReceived() {
    return 0;
  }

  @Override
  public long bytesSent() {
    return 1234;
  }

  @Override
  public long startNanos() {
    return 0;
  }

  @Override
  public long upstreamNanos() {
    return route == null ? -1 : 900_000;
  }
}
