package dev.weir.proxy.http.h2;

import dev.weir.core.failure.Failure;
import dev.weir.core.failure.Reason;
import dev.weir.core.http.Fields;
import dev.weir.core.http.RequestHead;
import dev.weir.core.http.ResponseHead;
import dev.weir.proxy.stream.DownstreamStream;
import dev.weir.proxy.stream.RequestReceiver;
import dev.weir.proxy.stream.ResponseReceiver;
import dev.weir.proxy.stream.UpstreamStream;
import io.netty.buffer.ByteBuf;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The least exchange there can be: passes a request to one upstream connection, and back. */
final class Bridge implements RequestReceiver, ResponseReceiver {
  private final DownstreamStream downstream;
  private final Http2UpstreamConnection connection;
  private @Nullable UpstreamStream upstream;
  private boolean responded;
  private boolean over;

  private Bridge(DownstreamStream downstream, Http2UpstreamConnection connection) {
    this.downstream = downstream;
    this.connection = connection;
  }

  static Acceptor to(Supplier<Http2UpstreamConnection> connection) {
    return downstream -> new Bridge(downstream, connection.get());
  }

  private UpstreamStream upstream() {
    return Objects.requireNonNull(upstream);
  }

  @Override
  public void requestHead(RequestHead head, boolean last) {
    connection.start(this);
    if (!over) {
      upstream().sendHead(head, last);
    }
  }

  @Override
  public void requestBody(ByteBuf data, boolean last) {
    upstream().sendBody(data, last);
    if (!over && !upstream().writable()) {
      downstream.pause();
    }
  }

  @Override
  public void requestTrailers(Fields trailers) {
    upstream().sendTrailers(trailers);
  }

  @Override
  public void requestAborted(Failure failure) {
    over = true;
    upstream().cancel();
  }

  @Override
  public void downstreamWritable() {
    upstream().resume();
  }

  @Override
  public void requestReadComplete() {
    upstream().flush();
  }

  @Override
  public void upstreamReady(UpstreamStream stream) {
    upstream = stream;
  }

  @Override
  public void responseInformational(ResponseHead head) {
    downstream.sendInformational(head);
  }

  @Override
  public void responseHead(ResponseHead head, boolean last) {
    responded = true;
    over = last;
    downstream.sendHead(head, last);
    downstream.flush();
  }

  @Override
  public void responseBody(ByteBuf data, boolean last) {
    over = last;
    downstream.sendBody(data, last);
    if (!over && !downstream.writable()) {
      upstream().pause();
    }
    downstream.flush();
  }

  @Override
  public void responseTrailers(Fields trailers) {
    over = true;
    downstream.sendTrailers(trailers);
    downstream.flush();
  }

  @Override
  public void responseFailed(Failure failure) {
    over = true;
    if (responded) {
      downstream.reset(failure);
    } else {
      downstream.sendHead(
          TestService.response(502, "weir-reason", Reason.UPSTREAM_RESET.code()), true);
      downstream.flush();
    }
  }

  @Override
  public void upstreamWritable() {
    downstream.resume();
  }

  @Override
  public void responseReadComplete() {
    downstream.flush();
  }
}
