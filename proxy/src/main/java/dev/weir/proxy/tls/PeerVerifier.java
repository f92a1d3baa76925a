package dev.weir.proxy.tls;

import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.OpenSslCertificateException;
import io.netty.internal.tcnative.CertificateVerifier;
import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Objects;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Verifies a peer by its chain, and by its names as the configuration lists them. Equal to others
 * that demand the same.
 */
public final class PeerVerifier extends X509ExtendedTrustManager {
  private final @Nullable List<X509Certificate> authorities;
  private final List<PeerName> names;
  private final X509TrustManager chain;

  /**
   * A verifier.
   *
   * @param authorities who may have signed certificates; null for those that the system trusts
   * @param names one has to be in the certificate; empty for any certificate of the authorities
   * @throws GeneralSecurityException if the authorities cannot be used
   */
  public PeerVerifier(@Nullable List<X509Certificate> authorities, List<PeerName> names)
      throws GeneralSecurityException {
    this.authorities = authorities == null ? null : List.copyOf(authorities);
    this.names = List.copyOf(names);
    this.chain = chainVerifier(authorities);
  }

  private static X509TrustManager chainVerifier(@Nullable List<X509Certificate> authorities)
      throws GeneralSecurityException {
    KeyStore store = null;
    if (authorities != null) {
      store = KeyStore.getInstance(KeyStore.getDefaultType());
      try {
        store.load(null, null);
      } catch (IOException e) {
        throw new GeneralSecurityException(e);
      }
      for (int i = 0; i < authorities.size(); i++) {
        store.setCertificateEntry(String.valueOf(i), authorities.get(i));
      }
    }
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    for (TrustManager manager : factory.getTrustManagers()) {
      if (manager instanceof X509TrustManager found) {
        return found;
      }
    }
    throw new GeneralSecurityException("the JDK has no verifier of X.509 certificates");
  }

  @Override
  public void checkServerTrusted(X509Certificate[] certificates, String authType)
      throws CertificateException {
    try {
      chain.checkServerTrusted(certificates, authType);
    } catch (CertificateException e) {
      throw withAlert(e);
    }
    checkNames(certificates[0]);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] certificates, String authType, Socket socket)
      throws CertificateException {
    checkServerTrusted(certificates, authType);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] certificates, String authType, SSLEngine engine)
      throws CertificateException {
    checkServerTrusted(certificates, authType);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] certificates, String authType)
      throws CertificateException {
    try {
      chain.checkClientTrusted(certificates, authType);
    } catch (CertificateException e) {
      throw withAlert(e);
    }
    checkNames(certificates[0]);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] certificates, String authType, Socket socket)
      throws CertificateException {
    checkClientTrusted(certificates, authType);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] certificates, String authType, SSLEngine engine)
      throws CertificateException {
    checkClientTrusted(certificates, authType);
  }

  /**
   * Makes BoringSSL tell the peer what is wrong (RFC 8446, section 6.2). Netty knows the alerts for
   * certificates that are out of date; for all else it would have it say "internal error".
   */
  private static CertificateException withAlert(CertificateException failure) {
    if (!OpenSsl.isAvailable()) {
      return failure;
    }
    int error = CertificateVerifier.X509_V_ERR_CERT_REJECTED;
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof CertificateExpiredException
          || cause instanceof CertificateNotYetValidException) {
        return failure;
      }
      if (cause instanceof CertPathBuilderException) {
        error = CertificateVerifier.X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY;
      }
    }
    return new OpenSslCertificateException(failure.getMessage(), failure, error);
  }

  private void checkNames(X509Certificate certificate) throws CertificateException {
    if (names.isEmpty()) {
      return;
    }
    for (PeerName name : names) {
      if (name.in(certificate)) {
        return;
      }
    }
    String message = "the certificate has none of the names that are expected";
    throw OpenSsl.isAvailable()
        ? new OpenSslCertificateException(message, CertificateVerifier.X509_V_ERR_CERT_REJECTED)
        : new CertificateException(message);
  }

  /** Told to clients that are asked for a certificate, so that they choose one that will do. */
  @Override
  public X509Certificate[] getAcceptedIssuers() {
    // Those of the system are too many to name; a client that gets no list sends what it has.
    return authorities == null ? new X509Certificate[0] : chain.getAcceptedIssuers();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PeerVerifier that
        && names.equals(that.names)
        && Objects.equals(authorities, that.authorities);
  }

  @Override
  public int hashCode() {
    return 31 * names.hashCode() + Objects.hashCode(authorities);
  }
}
