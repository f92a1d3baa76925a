package dev.weir.proxy.exchange;

import dev.weir.core.failure.Failure;
import dev.weir.core.failure.Reason;
import dev.weir.core.filter.Call;
import dev.weir.core.http.Fields;
import dev.weir.core.http.ResponseHead;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/** A call of a filter under way: collects the answer. */
final class FilterCall implements SideRequest.Receiver {
  private static final Failure TOO_LONG =
      Failure.local(Reason.UPSTREAM_PROTOCOL_ERROR, "the answer is too long");

  private final Call call;
  private final Call.Receiver receiver;
  private final SideRequest request;
  private final ByteBuf body = Unpooled.buffer(0);
  private @Nullable ResponseHead head;
  private @Nullable Fields trailers;

  FilterCall(Exchanges worker, Call call, Call.Receiver receiver) {
    this.call = call;
    this.receiver = receiver;
    this.request =
        SideRequest.whole(worker, call.cluster(), call.head(), call.content(), call.nanos(), this);
  }

  /** Sends it; the receiver may be called before this returns. */
  void start() {
    request.start();
    request.flush();
  }

  /** Gives it up; the receiver is not called any more. */
  void cancel() {
    request.cancel();
  }

  @Override
  public void head(ResponseHead response) {
    head = Copies.of(response);
  }

  @Override
  public void body(ByteBuf data) {
    boolean fits = data.readableBytes() <= call.mostAnswerBytes() - body.readableBytes();
    if (fits) {
      body.writeBytes(data);
    }
    data.release();
    if (!fits) {
      request.cancel();
      receiver.failed(TOO_LONG);
    }
  }

  @Override
  public void trailers(Fields fields) {
    trailers = Copies.of(fields);
  }

  @Override
  public void ended() {
    ResponseHead answer = head;
    if (answer == null) {
      throw new IllegalStateException("an answer without a head");
    }
    receiver.answered(answer, body, trailers);
  }

  @Override
  public void failed(Failure failure) {
    receiver.failed(failure);
  }
}
