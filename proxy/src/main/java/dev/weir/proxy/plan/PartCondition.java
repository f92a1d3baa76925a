package dev.weir.proxy.plan;

import dev.weir.core.http.RequestHead;
import dev.weir.proxy.plan.HeaderCondition.Wanted;

/** A condition on a part of the request that is no field. */
public record PartCondition(Part part, ValueMatch value, Wanted wanted) implements Condition {
  /** A part of the request head, named in Envoy by a pseudo-header. */
  public enum Part {
    /** {@code :method}. */
    METHOD,
    /** {@code :authority}: host and port as the client sent them. */
    AUTHORITY,
    /** {@code :path}: path and query. */
    TARGET
  }

  @Override
  public boolean matches(RequestHead request) {
    byte[] bytes = request.bytes();
    boolean match =
        switch (part) {
          case METHOD -> value.matches(bytes, request.methodStart(), request.methodEnd());
          case AUTHORITY -> value.matches(bytes, request.authorityStart(), request.authorityEnd());
          case TARGET -> value.matches(bytes, request.pathStart(), request.targetEnd());
        };
    return match == (wanted == Wanted.MATCH);
  }
}
