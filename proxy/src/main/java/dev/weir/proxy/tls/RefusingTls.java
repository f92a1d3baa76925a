package dev.weir.proxy.tls;

import dev.weir.proxy.plan.DownstreamTls;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLException;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * The TLS of a filter chain whose certificate is not there: every handshake fails with an alert. It
 * keeps the chain's server names from falling to another chain.
 */
public final class RefusingTls {
  public static final DownstreamTls INSTANCE = create();

  private RefusingTls() {}

  private static DownstreamTls create() {
    try {
      return new DownstreamTls(
          SslContextBuilder.forServer(new NoKeys()).sslProvider(SslProvider.JDK).build());
    } catch (SSLException e) {
      throw new IllegalStateException("the JDK has no TLS", e);
    }
  }

  private static final class NoKeys extends X509ExtendedKeyManager {
    @Override
    public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
      return null;
    }

    @Override
    public @Nullable String chooseClientAlias(
        String[] keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
      return null;
    }

    @Override
    public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
      return null;
    }

    @Override
    public @Nullable String chooseServerAlias(
        String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
      return null;
    }

    @Override
    public X509Certificate @Nullable [] getCertificateChain(String alias) {
      return null;
    }

    @Override
    public @Nullable PrivateKey getPrivateKey(String alias) {
      return null;
    }
  }
}
