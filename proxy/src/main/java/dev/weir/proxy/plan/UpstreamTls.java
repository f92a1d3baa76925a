package dev.weir.proxy.plan;

import io.netty.handler.ssl.SslContext;

/**
 * How connections to a cluster are secured.
 *
 * @param context trust, client certificate and ALPN; it verifies the server's certificate and names
 *     by itself
 * @param serverName sent as SNI; empty for none
 */
public record UpstreamTls(SslContext context, String serverName) {}
