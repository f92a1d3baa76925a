package dev.weir.proxy.compile;

import dev.weir.core.filter.CompiledFilter;
import dev.weir.core.filter.FilterExchange;
import dev.weir.core.filter.HttpFilter;
import dev.weir.core.filter.HttpFilterType;
import dev.weir.core.filter.HttpFilterType.Levels;
import dev.weir.core.filter.InvalidConfig;
import dev.weir.core.filter.Phase;
import io.envoyproxy.envoy.extensions.filters.http.buffer.v3.Buffer;
import io.envoyproxy.envoy.extensions.filters.http.buffer.v3.BufferPerRoute;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A filter that only tells what it was compiled from. It borrows the messages of Envoy's buffer
 * filter: {@code max_request_bytes} 13 is refused.
 *
 * @param text {@code listener value/route value}; 0 for none
 */
record Tags(String text) implements CompiledFilter {
  static final HttpFilterType<Buffer, BufferPerRoute> MOST_SPECIFIC = type(Levels.MOST_SPECIFIC);
  static final HttpFilterType<Buffer, BufferPerRoute> SPECIFIC_FIRST = type(Levels.SPECIFIC_FIRST);
  static final HttpFilterType<Buffer, BufferPerRoute> SPECIFIC_LAST = type(Levels.SPECIFIC_LAST);

  private static HttpFilterType<Buffer, BufferPerRoute> type(Levels levels) {
    return new HttpFilterType<>(
        "envoy.filters.http.buffer",
        Phase.TRANSFORM,
        Buffer.getDefaultInstance(),
        BufferPerRoute.getDefaultInstance(),
        List.of(),
        listener -> levels,
        Tags::compile);
  }

  private static @Nullable CompiledFilter compile(Buffer listener, BufferPerRoute route)
      throws InvalidConfig {
    int onListener = listener.getMaxRequestBytes().getValue();
    int onRoute = route.getBuffer().getMaxRequestBytes().getValue();
    if (onListener == 13 || onRoute == 13) {
      throw new InvalidConfig("buffer.max_request_bytes", "13 is unlucky");
    }
    return onListener == 0 && onRoute == 0 ? null : new Tags(onListener + "/" + onRoute);
  }

  /** The texts of all filters. */
  static List<String> of(CompiledFilter[] filters) {
    return Arrays.stream(filters).map(filter -> ((Tags) filter).text).toList();
  }

  @Override
  public HttpFilter open(FilterExchange exchange) {
    return new HttpFilter() {};
  }
}
