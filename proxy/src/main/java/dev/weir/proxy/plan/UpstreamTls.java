package dev.weir.proxy.plan;

import io.netty.handler.ssl.SslContext;

/**
 * How connections to a cluster are secured.
 *
 * @param context trust and client certificate
 * @param serverName sent as SNI and verified against the certificate
 */
public record UpstreamTls(SslContext context, String serverName) {}
