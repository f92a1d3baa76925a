package dev.weir.proxy.plan;

import dev.weir.core.http.RequestHead;

/** What a route asks of a request besides host and path. Immutable; called on event loops. */
@FunctionalInterface
public interface Condition {
  /** Whether the request meets it. Allocates nothing, except for regular expressions. */
  boolean matches(RequestHead request);
}
