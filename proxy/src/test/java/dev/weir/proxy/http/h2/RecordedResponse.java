package dev.weir.proxy.http.h2;

import dev.weir.core.failure.Failure;
import dev.weir.core.http.Fields;
import dev.weir.core.http.ResponseHead;
import dev.weir.proxy.stream.ResponseReceiver;
import dev.weir.proxy.stream.UpstreamStream;
import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Writes down what an upstream stream says. */
final class RecordedResponse implements ResponseReceiver {
  /** {@code head 200}, {@code body 5}, {@code trailers}, ... and {@code end}. */
  final List<String> events = new CopyOnWriteArrayList<>();

  /** Fields of head and trailers. */
  final List<String> fields = new CopyOnWriteArrayList<>();

  private final CompletableFuture<Failure> failure = new CompletableFuture<>();
  private final CompletableFuture<String> end = new CompletableFuture<>();
  volatile @Nullable UpstreamStream stream;

  /** Waits for the failure. */
  Failure failure() throws Exception {
    return failure.get(5, TimeUnit.SECONDS);
  }

  /** Waits for the end of the response. */
  RecordedResponse complete() throws Exception {
    end.get(5, TimeUnit.SECONDS);
    return this;
  }

  /** Waits for either and tells whether the response was complete. */
  boolean outcome() throws Exception {
    return end.handle((event, error) -> error == null).get(5, TimeUnit.SECONDS);
  }

  private void record(String event, boolean last) {
    events.add(event);
    if (last) {
      events.add("end");
      end.complete(event);
    }
  }

  @Override
  public void upstreamReady(UpstreamStream stream) {
    this.stream = stream;
  }

  @Override
  public void responseInformational(ResponseHead head) {
    record("interim " + head.status(), false);
  }

  @Override
  public void responseHead(ResponseHead head, boolean last) {
    fields.add(head.fields().toString());
    record("head " + head.status(), last);
  }

  @Override
  public void responseBody(ByteBuf data, boolean last) {
    int length = data.readableBytes();
    data.release();
    record("body " + length, last);
  }

  @Override
  public void responseTrailers(Fields trailers) {
    fields.add(trailers.toString());
    record("trailers", true);
  }

  @Override
  public void responseFailed(Failure failure) {
    events.add("failed");
    this.failure.complete(failure);
    end.completeExceptionally(new AssertionError(failure));
  }

  @Override
  public void upstreamWritable() {
    events.add("writable");
  }

  @Override
  public void responseReadComplete() {}
}
