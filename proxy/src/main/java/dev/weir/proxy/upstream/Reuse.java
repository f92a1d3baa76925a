package dev.weir.proxy.upstream;

/** Which HTTP/1 connections will do for an attempt; HTTP/2 connections always do. */
public enum Reuse {
  /** Any: the ordinary case. */
  IDLE_ALLOWED,
  /** None that was idle: those are suspected to be closed at the other end. */
  NO_IDLE
}
