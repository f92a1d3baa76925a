package dev.weir.features;

import dev.weir.core.filter.Call;
import dev.weir.core.filter.FilterExchange;
import dev.weir.core.filter.Step;
import dev.weir.core.http.Fields;
import dev.weir.core.http.HeaderName;
import dev.weir.core.http.RequestHead;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Stands in for the exchange: keeps what a filter decides and asks. */
public final class ExchangeRecorder implements FilterExchange {
  /** The clock's time, in milliseconds. */
  public static final long NOW = 1_767_225_600_123L;

  private final RequestHead head;
  private @Nullable Call call;
  private @Nullable Step decision;

  /**
   * An exchange with this request.
   *
   * @param fields names and values in turn
   */
  public ExchangeRecorder(String method, String authority, String target, String... fields) {
    head = new RequestHead(new Fields(64));
    head.method(method.getBytes(StandardCharsets.ISO_8859_1));
    head.authority(authority.getBytes(StandardCharsets.ISO_8859_1));
    head.target(target.getBytes(StandardCharsets.ISO_8859_1));
    for (int i = 0; i < fields.length; i += 2) {
      head.fields().add(HeaderName.of(fields[i]), fields[i + 1].getBytes(StandardCharsets.UTF_8));
    }
  }

  /** What the filter asks. */
  public Call call() {
    return Objects.requireNonNull(call, "the filter asks nothing");
  }

  /** How the filter went on after it held. */
  public Step decision() {
    return Objects.requireNonNull(decision, "the filter still holds");
  }

  @Override
  public RequestHead request() {
    return head;
  }

  @Override
  public String clientAddress() {
    return "192.0.2.7";
  }

  @Override
  public String protocol() {
    return "HTTP/1.1";
  }

  @Override
  public int localPort() {
    return 8080;
  }

  @Override
  public long epochMillis() {
    return NOW;
  }

  @Override
  public void resume() {
    decision = Step.NEXT;
  }

  @Override
  public void reply(Step.Reply reply) {
    decision = reply;
  }

  @Override
  public void call(Call question, Call.Receiver receiver) {
    call = question;
  }
}
