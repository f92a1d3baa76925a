package dev.weir.core.filter;

/**
 * Where in the chain a filter stands. Requests pass the phases in this order, responses in reverse.
 * A filter names its phase in its own folder; there are no global order numbers.
 */
public enum Phase {
  OBSERVE,
  PROTECT,
  CORS,
  AUTHENTICATE,
  AUTHORIZE,
  LIMIT,
  TRANSFORM,
  EXTEND,
  ROUTE
}
