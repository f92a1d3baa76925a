package dev.weir.core.api.gateway;

/** How the value of a header or query parameter is compared. */
public enum ValueMatchType {
  EXACT,
  /** RE2, on the whole value. */
  REGULAR_EXPRESSION
}
