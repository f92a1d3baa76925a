package dev.weir.core.filter;

/** A filter with its configuration, ready to run; immutable, shared by all loops. */
@FunctionalInterface
public interface CompiledFilter {
  /** The filter for one exchange; a stateless filter returns the same instance each time. */
  HttpFilter open(FilterExchange exchange);
}
