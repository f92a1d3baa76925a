package dev.weir.core.api.gateway;

/** Which routes without a parent a Gateway takes, and whether a route wants to be taken. */
public enum DefaultScope {
  ALL,
  NONE
}
