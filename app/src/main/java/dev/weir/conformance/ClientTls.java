package dev.weir.conformance;

import io.netty.channel.Channel;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * The TLS side of a client: JDK's engine, so that a fault of the product's own TLS library cannot
 * hide at both ends.
 *
 * @param trust authorities or the server's own certificate; null: any certificate will do
 */
record ClientTls(
    String serverName, @Nullable List<X509Certificate> trust, @Nullable ClientIdentity identity) {

  /**
   * A client certificate that is shown whatever authorities the server names.
   *
   * @param asked set when the server asks for one
   */
  record ClientIdentity(List<X509Certificate> chain, PrivateKey key, AtomicBoolean asked) {}

  static ClientTls of(TrafficStep.Tls tls, Cluster cluster) {
    Pem trust = tls.trust();
    Pem certificate = tls.clientCert();
    ClientIdentity identity = null;
    if (certificate != null) {
      var key =
          new Pem(certificate.fromKind(), certificate.namespace(), certificate.name(), "tls.key");
      identity =
          new ClientIdentity(
              Material.certificates(cluster.material(certificate)),
              Material.key(cluster.material(key)),
              new AtomicBoolean());
    }
    return new ClientTls(
        tls.serverName(),
        trust == null ? null : Material.certificates(cluster.material(trust)),
        identity);
  }

  /**
   * @param alpn protocols to offer; none to leave ALPN out
   */
  SslHandler handler(Channel channel, int port, String... alpn) throws SSLException {
    SslContextBuilder builder = SslContextBuilder.forClient().sslProvider(SslProvider.JDK);
    if (trust == null) {
      builder
          .trustManager(InsecureTrustManagerFactory.INSTANCE)
          .endpointIdentificationAlgorithm("");
    } else {
      builder
          .trustManager(trust.toArray(X509Certificate[]::new))
          .endpointIdentificationAlgorithm("HTTPS");
    }
    if (identity != null) {
      builder.keyManager(new Shown(identity));
    }
    if (alpn.length > 0) {
      builder.applicationProtocolConfig(Container.alpn(alpn));
    }
    return builder.build().newHandler(channel.alloc(), serverName, port);
  }

  /** A socket on top of a connected one; its handshake has not begun. */
  SSLSocket socket(Socket connected) throws IOException {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(
          identity == null ? null : new KeyManager[] {new Shown(identity)}, trustManagers(), null);
      var socket =
          (SSLSocket)
              context
                  .getSocketFactory()
                  .createSocket(connected, serverName, connected.getPort(), true);
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setServerNames(List.of(new SNIHostName(serverName)));
      if (trust != null) {
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
      }
      socket.setSSLParameters(parameters);
      return socket;
    } catch (GeneralSecurityException e) {
      throw new IOException(e.toString(), e);
    }
  }

  private TrustManager[] trustManagers() throws GeneralSecurityException, IOException {
    if (trust == null) {
      return InsecureTrustManagerFactory.INSTANCE.getTrustManagers();
    }
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    for (X509Certificate certificate : trust) {
      store.setCertificateEntry(certificate.getSerialNumber().toString(), certificate);
    }
    var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    return factory.getTrustManagers();
  }

  /** Shows the one certificate to whoever asks. */
  private static final class Shown extends X509ExtendedKeyManager {
    private static final String ALIAS = "client";

    private final ClientIdentity identity;

    Shown(ClientIdentity identity) {
      this.identity = identity;
    }

    @Override
    public String chooseEngineClientAlias(
        String[] keyTypes, Principal @Nullable [] issuers, SSLEngine engine) {
      identity.asked().set(true);
      return ALIAS;
    }

    @Override
    public String chooseClientAlias(
        String[] keyTypes, Principal @Nullable [] issuers, Socket socket) {
      identity.asked().set(true);
      return ALIAS;
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
      return identity.chain().toArray(X509Certificate[]::new);
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
      return identity.key();
    }

    @Override
    public String[] getClientAliases(String keyType, Principal @Nullable [] issuers) {
      return new String[] {ALIAS};
    }

    @Override
    public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
      return null;
    }

    @Override
    public @Nullable String chooseServerAlias(
        String keyType, Principal @Nullable [] issuers, Socket socket) {
      return null;
    }
  }
}
