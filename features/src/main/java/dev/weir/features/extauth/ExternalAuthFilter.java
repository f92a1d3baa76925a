package dev.weir.features.extauth;

import dev.weir.core.failure.Failure;
import dev.weir.core.failure.Reason;
import dev.weir.core.filter.Call;
import dev.weir.core.filter.FilterExchange;
import dev.weir.core.filter.HttpFilter;
import dev.weir.core.filter.Step;
import dev.weir.core.http.FieldEdit;
import dev.weir.core.http.Fields;
import dev.weir.core.http.RequestHead;
import dev.weir.core.http.ResponseHead;
import io.netty.buffer.ByteBuf;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Holds a request until the authorization service has let it pass; without that, nothing does. */
final class ExternalAuthFilter implements HttpFilter, Call.Receiver {
  private static final byte[] NOTHING = {};

  /**
   * What one route asks, and how.
   *
   * @param bodyBytes most of the body that is shown; 0: it is not shown
   * @param partialBody whether a longer body is shown in part and not refused
   * @param statusOnError how requests are answered when the service has failed
   */
  record Settings(
      Authorization authorization, int bodyBytes, boolean partialBody, int statusOnError) {}

  private final Settings settings;
  private final FilterExchange exchange;
  private List<FieldEdit> response = List.of();

  ExternalAuthFilter(Settings settings, FilterExchange exchange) {
    this.settings = settings;
    this.exchange = exchange;
  }

  @Override
  public Step requestHead(RequestHead head, boolean last) {
    return settings.bodyBytes() == 0 ? ask(null, true) : new Step.Collect(settings.bodyBytes());
  }

  @Override
  public Step requestCollected(ByteBuf body, boolean whole) {
    if (!whole && !settings.partialBody()) {
      return new Step.Reply(Reason.BODY_TOO_LARGE.status(), Reason.BODY_TOO_LARGE, null, NOTHING);
    }
    byte[] shown = new byte[body.readableBytes()];
    body.getBytes(body.readerIndex(), shown);
    return ask(shown, whole);
  }

  private Step ask(byte @Nullable [] body, boolean whole) {
    exchange.call(settings.authorization().question(exchange, body, whole), this);
    return Step.HOLD;
  }

  @Override
  public void answered(ResponseHead head, ByteBuf body, @Nullable Fields trailers) {
    switch (settings.authorization().verdict(head, body, trailers)) {
      case Verdict.Allowed allowed -> {
        allowed.request().forEach(edit -> edit.apply(exchange.request().fields()));
        allowed.query().apply(exchange.request());
        response = allowed.response();
        exchange.resume();
      }
      case Verdict.Denied denied ->
          exchange.reply(
              new Step.Reply(
                  denied.status(), reason(denied.status()), denied.fields(), denied.body()));
      case Verdict.Unknown unknown -> refuse();
    }
  }

  private static Reason reason(int status) {
    return status == Reason.UNAUTHENTICATED.status() ? Reason.UNAUTHENTICATED : Reason.AUTH_DENIED;
  }

  @Override
  public void failed(Failure failure) {
    refuse();
  }

  private void refuse() {
    exchange.reply(
        new Step.Reply(settings.statusOnError(), Reason.AUTH_UNAVAILABLE, null, NOTHING));
  }

  @Override
  public Step responseHead(ResponseHead head, boolean last) {
    response.forEach(edit -> edit.apply(head.fields()));
    return Step.NEXT;
  }
}
