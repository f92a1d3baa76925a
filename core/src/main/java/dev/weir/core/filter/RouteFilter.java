package dev.weir.core.filter;

import com.google.protobuf.Message;
import dev.weir.envoy.config.route.v3.Route;
import org.jspecify.annotations.Nullable;

/**
 * The control-plane half of a route filter: turns one entry of {@code rules[].filters[]}, or what a
 * field of the rule asks for, into Envoy configuration. Pure.
 *
 * @param <S> the API record of the filter's own field, e.g. that of {@code requestRedirect}
 */
public interface RouteFilter<S extends Record> {
  /** Value of the filter's {@code type} field, e.g. {@code RequestRedirect}, or its own name. */
  String type();

  /** API record that the type's own field holds. */
  Class<S> spec();

  /**
   * Why {@code spec} cannot be honoured and what to do about it, for the route's status; null if it
   * can. A rule with a filter that is refused answers 500.
   */
  default @Nullable String refusal(S spec) {
    return null;
  }

  /** Applies the filter to a rule; called for every match of it. */
  void rule(S spec, RuleXds out);

  /** A route filter that can also be given to single backends of a rule. */
  interface ForBackends<S extends Record> extends RouteFilter<S> {
    /** Applies the filter to one backend of a rule; it runs after the filters of the rule. */
    void backend(S spec, FilterXds out);
  }

  /**
   * A route filter that only changes the action of the {@linkplain RuleXds#route() route}. It can
   * be given to single backends too: then it is applied to the action that a backend would have if
   * it were the only one.
   */
  interface OfAction<S extends Record> extends RouteFilter<S> {}

  /** The place for the configuration of HTTP filters, which routes and their backends have. */
  interface FilterXds {
    /**
     * Configures the HTTP filter of that name. If it is configured here already, the two are merged
     * as protobuf merges: lists are joined, other fields replaced.
     */
    void filterConfig(String httpFilter, Message config);

    /**
     * Who asks for the configuration, by a name that no other has and that stays while it does: a
     * rule, {@code HTTPRoute/ns/name/rule/0}, or the backend that a policy is for.
     */
    String subject();

    /**
     * A text that belongs to the Gateway and stays while it does. In a cluster nobody outside can
     * know it; with objects from files it follows from the Gateway's name.
     */
    String gatewaySecret();

    /**
     * Installs an instance of an HTTP filter that runs where rules ask for it, and asks for it
     * here: for what Envoy has no room for in a route's configuration. Rules that ask for the same
     * configuration share an instance.
     *
     * @param httpFilter name of its {@link HttpFilterType}
     * @param config of the instance, on the listener
     * @param routeConfig switches it on
     */
    void ownFilter(String httpFilter, Message config, Message routeConfig);

    /**
     * Name of the cluster that the filter's own {@code backendRef} has become.
     *
     * @throws IllegalStateException if the filter has none
     */
    String backendCluster();
  }

  /** The part of the xDS that a rule-level filter may write: one match of the rule. */
  interface RuleXds extends FilterXds {
    /** The Envoy route under construction; match and clusters are set already. */
    Route.Builder route();

    /** The path prefix that the match asks for, {@code "/"} if it asks for something else. */
    String matchedPrefix();

    /** The port of the listener that serves the rule. */
    int listenerPort();
  }
}
