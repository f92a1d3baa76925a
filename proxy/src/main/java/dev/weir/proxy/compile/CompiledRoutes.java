package dev.weir.proxy.compile;

import dev.weir.proxy.plan.RouteTable;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import java.util.Map;

/**
 * A RouteConfiguration, compiled for one chain of filters.
 *
 * @param hosts the parts of the table, by what they were made of: the next version takes over those
 *     that it has, too
 */
record CompiledRoutes(
    RouteConfiguration message, RouteTable table, Map<VirtualHost, RouteTable.Host> hosts) {}
