package dev.weir.proxy.plan;

import io.netty.handler.ssl.SslContext;

/**
 * How TLS is terminated on one filter chain.
 *
 * @param context certificates, versions, ALPN; immutable, the same object while its secrets are the
 *     same
 */
public record DownstreamTls(SslContext context) {}
