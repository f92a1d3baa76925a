package dev.weir.core.filter;

import com.google.protobuf.Message;
import io.envoyproxy.envoy.config.route.v3.Route;

/**
 * The control-plane half of a Gateway API route filter: turns one entry of {@code
 * rules[].filters[]} into Envoy configuration.
 *
 * @param <S> the API record of the filter's own field, e.g. that of {@code requestHeaderModifier}
 */
public interface RouteFilter<S> {
  /** Value of the filter's {@code type} field, e.g. {@code RequestHeaderModifier}. */
  String type();

  /** API record that the type's own field holds. */
  Class<S> spec();

  /** Applies the filter to a rule: every match of the rule. Pure. */
  void rule(S spec, RuleXds out);

  /** Applies the filter to one backend of a rule; only if {@link #onBackends()}. Pure. */
  default void backend(S spec, BackendXds out) {
    throw new IllegalStateException(type() + " is not a filter for single backends");
  }

  /** Whether {@link #backend} is implemented. */
  default boolean onBackends() {
    return false;
  }

  /** The part of the xDS that a rule-level filter may write. One instance a match of the rule. */
  interface RuleXds {
    /** The Envoy route under construction; match and cluster are set already. */
    Route.Builder route();

    /** The path prefix that the match asks for, or {@code "/"} if it asks for another thing. */
    String matchedPrefix();

    /** Sets the route's configuration of the HTTP filter of that name. */
    void filterConfig(String httpFilter, Message config);
  }

  /** The part of the xDS that a backend-level filter may write. */
  interface BackendXds {
    /** The path prefix that the match asks for, or {@code "/"} if it asks for another thing. */
    String matchedPrefix();

    /** Sets this weighted cluster's configuration of the HTTP filter of that name. */
    void filterConfig(String httpFilter, Message config);
  }
}
