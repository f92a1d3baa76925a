package dev.weir.controlplane.identity;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * What the controller shows to proxies, and whose certificates it believes. Both are replaced while
 * it runs: each handshake has the newest. Any thread.
 */
public final class ServerIdentity {
  private final X509ExtendedKeyManager keys;
  private final X509ExtendedTrustManager trust;

  private ServerIdentity(X509ExtendedKeyManager keys, X509ExtendedTrustManager trust) {
    this.keys = keys;
    this.trust = trust;
  }

  /**
   * From the controller's own authority. The certificate is replaced when a third of its life is
   * left.
   *
   * @param names DNS names and IP addresses of the controller, at least one
   */
  public static ServerIdentity issued(
      CertificateAuthority authority, Collection<String> names, Duration lifetime) {
    return new ServerIdentity(
        new CurrentKey(new IssuedCredential(authority, List.copyOf(names), lifetime)),
        new CurrentTrust(() -> List.of(authority.certificate())));
  }

  /**
   * From PEM files that something else keeps up to date. They are read again when they have
   * changed; what cannot be used then is logged, and the last good ones stay.
   *
   * @param authorities those that sign the certificates of proxies
   * @throws InvalidMaterial if they cannot be used now
   */
  public static ServerIdentity ofFiles(Path certificate, Path key, Path authorities)
      throws InvalidMaterial {
    return new ServerIdentity(
        new CurrentKey(
            WatchedFiles.of(
                List.of(certificate, key),
                texts -> Credential.of(texts.getFirst(), texts.getLast()))),
        new CurrentTrust(
            WatchedFiles.of(
                List.of(authorities),
                texts -> PemText.certificates(texts.getFirst(), authorities.toString()))));
  }

  public X509ExtendedKeyManager keyManager() {
    return keys;
  }

  /** Those whose certificates it believes, in PEM, as of now. */
  public String authoritiesPem() {
    return PemText.of(trust.getAcceptedIssuers());
  }

  public X509ExtendedTrustManager trustManager() {
    return trust;
  }
}
