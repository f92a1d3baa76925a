package dev.weir.proxy.tls;

import java.net.Socket;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Lets every client in, whatever its certificate. Equal to others that ask for the same
 * certificates.
 */
public final class AnyPeer extends X509ExtendedTrustManager {
  private final List<X509Certificate> authorities;

  /**
   * Lets everybody in.
   *
   * @param authorities named to clients, so that they choose a certificate that could be verified
   */
  public AnyPeer(List<X509Certificate> authorities) {
    this.authorities = List.copyOf(authorities);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] certificates, String authType) {}

  @Override
  public void checkClientTrusted(X509Certificate[] certificates, String authType, Socket socket) {}

  @Override
  public void checkClientTrusted(
      X509Certificate[] certificates, String authType, SSLEngine engine) {}

  @Override
  public void checkServerTrusted(X509Certificate[] certificates, String authType) {
    throw new UnsupportedOperationException("servers are always verified");
  }

  @Override
  public void checkServerTrusted(X509Certificate[] certificates, String authType, Socket socket) {
    checkServerTrusted(certificates, authType);
  }

  @Override
  public void checkServerTrusted(
      X509Certificate[] certificates, String authType, SSLEngine engine) {
    checkServerTrusted(certificates, authType);
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return authorities.toArray(new X509Certificate[0]);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof AnyPeer that && authorities.equals(that.authorities);
  }

  @Override
  public int hashCode() {
    return authorities.hashCode();
  }
}
