package dev.weir.proxy.plan;

import java.net.InetSocketAddress;

/**
 * One listen address and what is behind it.
 *
 * @param name name of the Listener resource
 * @param address where to bind; the wildcard address for all
 * @param chains which chain serves a connection
 */
public record ListenerPlan(String name, InetSocketAddress address, ChainTable chains) {}
