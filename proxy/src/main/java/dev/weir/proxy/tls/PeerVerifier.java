package dev.weir.proxy.tls;

import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;

/** Verifies a server by its chain, and by its names as the configuration lists them. */
public final class PeerVerifier extends X509ExtendedTrustManager {
  private final X509TrustManager chain;
  private final List<PeerName> names;

  /**
   * A verifier.
   *
   * @param names one has to be in the certificate; empty for any certificate of the chain's
   *     authorities
   */
  public PeerVerifier(X509TrustManager chain, List<PeerName> names) {
    this.chain = chain;
    this.names = names;
  }

  @Override
  public void checkServerTrusted(X509Certificate[] certificates, String authType)
      throws CertificateException {
    chain.checkServerTrusted(certificates, authType);
    if (names.isEmpty()) {
      return;
    }
    for (PeerName name : names) {
      if (name.in(certificates[0])) {
        return;
      }
    }
    throw new CertificateException("the certificate has none of the names that are expected");
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
    throw new CertificateException("this side is a client");
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

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return chain.getAcceptedIssuers();
  }
}
