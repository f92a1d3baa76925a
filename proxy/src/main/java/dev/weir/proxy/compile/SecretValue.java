package dev.weir.proxy.compile;

import dev.weir.envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext;
import dev.weir.envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext.TrustChainVerification;
import dev.weir.envoy.extensions.transport_sockets.tls.v3.TlsCertificate;
import dev.weir.proxy.tls.PeerName;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a secret holds. Values are equal if they come from equal messages. */
sealed interface SecretValue {

  /** A certificate with its chain, and the key that fits it. */
  record Certificate(TlsCertificate source, List<X509Certificate> chain, PrivateKey key)
      implements SecretValue {
    /**
     * The host names it is for (RFC 9525): in lower case, a wildcard as its suffix with the dot.
     */
    Set<String> names() {
      return PeerName.hosts(chain.getFirst());
    }

    /** Whether the key is one of RSA. */
    boolean rsa() {
      return key.getAlgorithm().equals("RSA");
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Certificate that && source.equals(that.source);
    }

    /** Not of the message, whose hash takes its descriptor, which would be made at each start. */
    @Override
    public int hashCode() {
      return chain.hashCode();
    }
  }

  /**
   * Whom to trust.
   *
   * @param authorities the certificate authorities, or null for those of the system; empty if the
   *     message names none
   * @param names one of them has to stand in the peer's certificate; empty for any
   */
  record Trust(
      CertificateValidationContext source,
      @Nullable List<X509Certificate> authorities,
      List<PeerName> names)
      implements SecretValue {
    /** Whether it says whom to trust at all. */
    boolean hasAuthorities() {
      return authorities == null || !authorities.isEmpty();
    }

    /** The authorities that it names; none for those of the system. */
    List<X509Certificate> named() {
      return authorities == null ? List.of() : authorities;
    }

    /** Whether peers get in that cannot be verified. */
    boolean acceptsUntrusted() {
      return source.getTrustChainVerification() == TrustChainVerification.ACCEPT_UNTRUSTED;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Trust that && source.equals(that.source);
    }

    @Override
    public int hashCode() {
      return source.hashCode();
    }
  }
}
