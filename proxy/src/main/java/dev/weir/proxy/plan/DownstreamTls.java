package dev.weir.proxy.plan;

import io.netty.handler.ssl.SslContext;
import java.util.Map;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * How TLS is terminated on one filter chain. Contexts hold certificates, versions and ALPN; they
 * are immutable, and the same objects while their secrets are the same.
 *
 * @param otherwise for clients that ask for no name, or for one that no certificate carries
 * @param byName where several certificates are for different names: by lower-case name, or by
 *     suffix with its dot ({@code .example.com}) for {@code *.example.com}, which stands for one
 *     label
 * @param clients what clients must prove, or null if they are not asked for a certificate
 */
public record DownstreamTls(
    SslContext otherwise, Map<String, SslContext> byName, @Nullable ClientAuthentication clients) {
  /**
   * What clients must prove, which the contexts see to. Equal demands are equal.
   *
   * @param required whether a client without certificate is turned away
   */
  public record ClientAuthentication(X509ExtendedTrustManager verifier, boolean required) {}

  public DownstreamTls {
    byName = Map.copyOf(byName);
  }

  /** One context for all names, and clients that are not asked for a certificate. */
  public static DownstreamTls of(SslContext context) {
    return new DownstreamTls(context, Map.of(), null);
  }

  /**
   * The context for a client.
   *
   * @param serverName that it asks for, in lower case; null for none
   */
  public SslContext context(@Nullable String serverName) {
    if (serverName == null || byName.isEmpty()) {
      return otherwise;
    }
    SslContext context = byName.get(serverName);
    if (context == null) {
      int dot = serverName.indexOf('.');
      context = dot < 0 ? null : byName.get(serverName.substring(dot));
    }
    return context == null ? otherwise : context;
  }
}
