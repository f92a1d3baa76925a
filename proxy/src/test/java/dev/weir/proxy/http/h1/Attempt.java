package dev.weir.proxy.http.h1;

import dev.weir.core.failure.Failure;
import dev.weir.core.http.Fields;
import dev.weir.core.http.RequestHead;
import dev.weir.core.http.ResponseHead;
import dev.weir.proxy.stream.ResponseReceiver;
import dev.weir.proxy.stream.UpstreamStream;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One attempt as a test sees it: what the upstream codec called, in order. */
final class Attempt implements ResponseReceiver {
  final BlockingQueue<String> calls = new LinkedBlockingQueue<>();
  final StringBuilder body = new StringBuilder();
  final CountDownLatch ended = new CountDownLatch(1);
  volatile @Nullable UpstreamStream stream;
  volatile @Nullable Failure failure;
  String fields = "";

  private final Consumer<UpstreamStream> request;

  /** An attempt that sends {@code request} as soon as it may. */
  Attempt(Consumer<UpstreamStream> request) {
    this.request = request;
  }

  /** A request without a body. */
  static Consumer<UpstreamStream> get(String method, String... lines) {
    return stream -> {
      stream.sendHead(head(method, "/", lines), true);
      stream.flush();
    };
  }

  static RequestHead head(String method, String target, String... lines) {
    RequestHead head = new RequestHead(Served.fields(lines));
    int start = head.fields().length();
    byte[] bytes = Peer.bytes(method);
    System.arraycopy(bytes, 0, head.fields().ensureWritable(bytes.length), start, bytes.length);
    head.fields().advance(bytes.length);
    head.methodAt(start, start + bytes.length);
    head.target(Peer.bytes(target));
    head.authority(Peer.bytes("a"));
    return head;
  }

  /** Waits for the last call. */
  Attempt done() throws InterruptedException {
    if (!ended.await(10, TimeUnit.SECONDS)) {
      throw new AssertionError("no end after " + calls);
    }
    return this;
  }

  /** The next call; fails if none comes in time. */
  String next() throws InterruptedException {
    String call = calls.poll(10, TimeUnit.SECONDS);
    if (call == null) {
      throw new AssertionError("no call");
    }
    return call;
  }

  UpstreamStream stream() {
    UpstreamStream ready = stream;
    if (ready == null) {
      throw new AssertionError("no stream");
    }
    return ready;
  }

  @Override
  public void upstreamReady(UpstreamStream ready) {
    stream = ready;
    request.accept(ready);
  }

  @Override
  public void responseInformational(ResponseHead head) {
    calls.add("informational " + head.status());
  }

  @Override
  public void responseHead(ResponseHead head, boolean last) {
    fields = head.fields().toString();
    calls.add("head " + head.status() + (last ? " last" : ""));
    end(last);
  }

  @Override
  public void responseBody(ByteBuf data, boolean last) {
    body.append(data.toString(StandardCharsets.ISO_8859_1));
    data.release();
    calls.add("body" + (last ? " last" : ""));
    end(last);
  }

  @Override
  public void responseTrailers(Fields trailers) {
    calls.add("trailers " + trailers.toString().strip());
    end(true);
  }

  @Override
  public void responseFailed(Failure cause) {
    failure = cause;
    calls.add("failed " + cause.reason().code());
    end(true);
  }

  private void end(boolean last) {
    if (last) {
      if (ended.getCount() == 0) {
        calls.add("CALLED AFTER THE END");
      }
      ended.countDown();
    }
  }

  @Override
  public void upstreamWritable() {
    calls.add("writable");
  }

  @Override
  public void responseReadComplete() {}
}
