package dev.weir.proxy.compile;

import dev.weir.proxy.compile.SecretValue.Certificate;
import dev.weir.proxy.tls.NoKeys;
import io.netty.handler.ssl.OpenSslCredential;
import io.netty.handler.ssl.OpenSslCredentialBuilder;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLException;

/**
 * What does TLS, and how it is given certificates of its own. Of several it shows one that suits
 * the versions, signature algorithms, curves and cipher suites of the peer: BoringSSL the first of
 * the list that does, the JDK one of the kind that the peer prefers.
 */
enum TlsLibrary {
  BORINGSSL,
  /** Where there is no BoringSSL for the machine. */
  JDK;

  /** Protects nothing: the store is never written anywhere. */
  static final String KEY_PASSWORD = "weir";

  static TlsLibrary available() {
    return OpenSslCredential.isAvailable() ? BORINGSSL : JDK;
  }

  /** Builds what is {@code configured} from a builder for servers with these certificates. */
  SslContext server(List<Certificate> certificates, Configuration configured) throws SSLException {
    return switch (this) {
      case BORINGSSL ->
          withCredentials(
              // Netty wants to hear of a key for every handshake, and passes over none.
              SslContextBuilder.forServer(new NoKeys()).sslProvider(SslProvider.OPENSSL_REFCNT),
              certificates,
              configured);
      case JDK ->
          configured.build(
              SslContextBuilder.forServer(keyManagers(certificates)).sslProvider(SslProvider.JDK));
    };
  }

  /**
   * Builds what is {@code configured} from a builder for clients.
   *
   * @param certificates to choose from if the server asks for one; may be empty
   */
  SslContext client(List<Certificate> certificates, Configuration configured) throws SSLException {
    return switch (this) {
      case BORINGSSL ->
          withCredentials(
              SslContextBuilder.forClient().sslProvider(SslProvider.OPENSSL_REFCNT),
              certificates,
              configured);
      case JDK -> {
        SslContextBuilder builder = SslContextBuilder.forClient().sslProvider(SslProvider.JDK);
        if (!certificates.isEmpty()) {
          builder.keyManager(keyManagers(certificates));
        }
        yield configured.build(builder);
      }
    };
  }

  /** The rest of the settings. */
  @FunctionalInterface
  interface Configuration {
    SslContext build(SslContextBuilder builder) throws SSLException;
  }

  private static SslContext withCredentials(
      SslContextBuilder builder, List<Certificate> certificates, Configuration configured)
      throws SSLException {
    List<OpenSslCredential> credentials = new ArrayList<>();
    try {
      for (Certificate certificate : certificates) {
        OpenSslCredential credential =
            OpenSslCredentialBuilder.forX509(
                    certificate.key(), certificate.chain().toArray(new X509Certificate[0]))
                .build();
        credentials.add(credential);
        builder.addCredential(credential);
      }
      return new BoringSslContext(configured.build(builder));
    } catch (RuntimeException e) {
      throw new SSLException("BoringSSL cannot use a certificate: " + e.getMessage(), e);
    } finally {
      // The context holds them for itself.
      credentials.forEach(OpenSslCredential::release);
    }
  }

  static KeyManagerFactory keyManagers(List<Certificate> certificates) throws SSLException {
    char[] password = KEY_PASSWORD.toCharArray();
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      for (int i = 0; i < certificates.size(); i++) {
        Certificate certificate = certificates.get(i);
        store.setKeyEntry(
            String.valueOf(i),
            certificate.key(),
            password,
            certificate.chain().toArray(new X509Certificate[0]));
      }
      KeyManagerFactory factory =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      factory.init(store, password);
      return factory;
    } catch (GeneralSecurityException | IOException e) {
      throw new SSLException("the JDK cannot use a certificate: " + e.getMessage(), e);
    }
  }
}
