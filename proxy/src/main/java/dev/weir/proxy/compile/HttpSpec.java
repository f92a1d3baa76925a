package dev.weir.proxy.compile;

import dev.weir.proxy.plan.HttpOptions;
import dev.weir.proxy.plan.RouteTable;

/**
 * A connection manager, with its routes by name.
 *
 * @param name stat prefix
 */
record HttpSpec(String name, HttpOptions options, HttpFilterChain filters, Routes routes)
    implements TrafficSpec {
  /** Where the routes are. */
  sealed interface Routes {
    /** In the RouteConfiguration of that name. */
    record Named(String routeConfiguration) implements Routes {}

    /** In the connection manager itself. */
    record Inline(RouteTable table) implements Routes {}
  }
}
