package dev.weir.proxy.http.h1;

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
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The smallest exchange that can be: passes a request to the one upstream and the response back,
 * with back-pressure and nothing else.
 */
final class Relay implements RequestReceiver, ResponseReceiver {
  private final DownstreamStream downstream;
  private final Consumer<ResponseReceiver> connector;
  private final Ground ground;
  private @Nullable RequestHead head;
  private boolean bodyless;
  private @Nullable UpstreamStream upstream;
  private boolean over;
  private final Queue<Runnable> waiting = new ArrayDeque<>();
  private final Queue<ByteBuf> waitingBodies = new ArrayDeque<>();

  Relay(DownstreamStream downstream, Consumer<ResponseReceiver> connector, Ground ground) {
    this.downstream = downstream;
    this.connector = connector;
    this.ground = ground;
  }

  @Override
  public void requestHead(RequestHead head, boolean last) {
    ground.requests.add(head.toString());
    this.head = head;
    this.bodyless = last;
    connector.accept(this);
  }

  @Override
  public void upstreamReady(UpstreamStream stream) {
    if (over) {
      stream.cancel();
      return;
    }
    upstream = stream;
    if (head != null) {
      stream.sendHead(head, bodyless);
    }
    waitingBodies.clear();
    waiting.forEach(Runnable::run);
    waiting.clear();
    stream.flush();
  }

  @Override
  public void requestBody(ByteBuf data, boolean last) {
    UpstreamStream to = upstream;
    if (to == null) {
      waitingBodies.add(data);
      waiting.add(() -> requestBody(data, last));
      return;
    }
    to.sendBody(data, last);
    if (!to.writable()) {
      downstream.pause();
    }
  }

  @Override
  public void requestTrailers(Fields trailers) {
    UpstreamStream to = upstream;
    if (to == null) {
      waiting.add(() -> requestTrailers(trailers));
    } else {
      to.sendTrailers(trailers);
    }
  }

  @Override
  public void requestAborted(Failure failure) {
    ground.aborted.add(failure);
    end();
    if (upstream != null) {
      upstream.cancel();
      upstream = null;
    }
  }

  @Override
  public void downstreamWritable() {
    if (upstream != null) {
      upstream.resume();
    }
  }

  @Override
  public void requestReadComplete() {
    if (upstream != null) {
      upstream.flush();
    }
  }

  @Override
  public void responseInformational(ResponseHead head) {
    downstream.sendInformational(head);
  }

  @Override
  public void responseHead(ResponseHead head, boolean last) {
    downstream.sendHead(head, last);
    endIf(last);
  }

  @Override
  public void responseBody(ByteBuf data, boolean last) {
    downstream.sendBody(data, last);
    if (!last && upstream != null && !downstream.writable()) {
      upstream.pause();
    }
    if (last) {
      downstream.flush();
      if (!ground.tunnels) {
        endIf(true);
      }
    }
  }

  @Override
  public void responseTrailers(Fields trailers) {
    downstream.sendTrailers(trailers);
    endIf(true);
  }

  @Override
  public void responseFailed(Failure failure) {
    ground.failed.add(failure);
    end();
    upstream = null;
    downstream.reset(Failure.local(Reason.UPSTREAM_RESET, failure.detail()));
  }

  @Override
  public void upstreamWritable() {
    downstream.resume();
  }

  @Override
  public void responseReadComplete() {
    downstream.flush();
  }

  private void endIf(boolean last) {
    if (last) {
      downstream.flush();
      end();
      upstream = null;
    }
  }

  private void end() {
    over = true;
    waitingBodies.forEach(ByteBuf::release);
    waitingBodies.clear();
    waiting.clear();
  }
}
