package dev.weir.proxy.tls;

import dev.weir.proxy.plan.DownstreamTls;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import javax.net.ssl.SSLException;

/**
 * The TLS of a filter chain that lacks its certificates, or whom to trust: every handshake fails
 * with an alert. It keeps the chain's server names from falling to another chain.
 */
public final class RefusingTls {
  public static final DownstreamTls INSTANCE = create();

  private RefusingTls() {}

  private static DownstreamTls create() {
    try {
      return DownstreamTls.of(
          SslContextBuilder.forServer(new NoKeys()).sslProvider(SslProvider.JDK).build());
    } catch (SSLException e) {
      throw new IllegalStateException("the JDK has no TLS", e);
    }
  }
}
