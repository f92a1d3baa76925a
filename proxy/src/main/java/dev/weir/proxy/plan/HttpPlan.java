package dev.weir.proxy.plan;

/**
 * HTTP on one filter chain: Envoy's HttpConnectionManager, compiled.
 *
 * @param name stat prefix: the listener as metrics and logs call it
 * @param router finds the route of a request
 * @param options limits, timeouts and header policy of connections
 */
public record HttpPlan(String name, Router router, HttpOptions options) implements TrafficPlan {}
