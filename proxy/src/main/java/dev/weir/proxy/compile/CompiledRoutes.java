package dev.weir.proxy.compile;

import dev.weir.envoy.config.route.v3.RouteConfiguration;
import dev.weir.proxy.plan.RouteTable;
import java.util.List;

/**
 * A RouteConfiguration, compiled for one chain of filters.
 *
 * @param hosts what the virtual hosts of the message came to, in its order: the next version takes
 *     over those that it has, too
 */
record CompiledRoutes(RouteConfiguration message, RouteTable table, List<RouteTable.Host> hosts) {}
