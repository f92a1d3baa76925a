package dev.weir.features.extauth;

import dev.weir.core.filter.Call;
import dev.weir.core.filter.InvalidConfig;
import dev.weir.core.filter.Step;
import dev.weir.core.http.Fields;
import dev.weir.core.http.HeaderName;
import dev.weir.core.http.ResponseHead;
import dev.weir.envoy.extensions.filters.http.ext_authz.v3.ExtAuthz;
import dev.weir.envoy.extensions.filters.http.ext_authz.v3.ExtAuthzPerRoute;
import dev.weir.features.ExchangeRecorder;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A filter at work on one exchange. */
final class Compiled {
  private final ExchangeRecorder exchange;
  private final ExternalAuthFilter filter;

  Compiled(ExtAuthz config, ExchangeRecorder exchange) throws InvalidConfig {
    this.exchange = exchange;
    this.filter =
        (ExternalAuthFilter)
            Objects.requireNonNull(
                    ExternalAuthCompiler.compile(config, ExtAuthzPerRoute.getDefaultInstance()))
                .open(exchange);
  }

  ExternalAuthFilter filter() {
    return filter;
  }

  ExchangeRecorder exchange() {
    return exchange;
  }

  /** The question of a filter that does not look at bodies. */
  Call ask() {
    assertHolds(filter.requestHead(exchange.request(), true));
    return exchange.call();
  }

  /** The question with a body. */
  Call ask(String body, boolean whole) {
    Step step = filter.requestHead(exchange.request(), false);
    if (!(step instanceof Step.Collect)) {
      throw new AssertionError(step);
    }
    assertHolds(
        filter.requestCollected(
            Unpooled.wrappedBuffer(body.getBytes(StandardCharsets.UTF_8)), whole));
    return exchange.call();
  }

  private static void assertHolds(Step step) {
    if (!(step instanceof Step.Hold)) {
      throw new AssertionError(step);
    }
  }

  /** The answer; what the filter does with it. */
  Step answer(int status, byte[] body, @Nullable Fields trailers, String... fields) {
    ResponseHead head = response(status, fields);
    filter.answered(head, Unpooled.wrappedBuffer(body), trailers);
    return exchange.decision();
  }

  static ResponseHead response(int status, String... fields) {
    ResponseHead head = new ResponseHead(new Fields(64));
    head.status(status);
    for (int i = 0; i < fields.length; i += 2) {
      head.fields().add(HeaderName.of(fields[i]), fields[i + 1]);
    }
    return head;
  }
}
