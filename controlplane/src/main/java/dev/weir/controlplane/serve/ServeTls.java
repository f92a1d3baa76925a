package dev.weir.controlplane.serve;

import dev.weir.controlplane.identity.CertificateAuthority;
import dev.weir.controlplane.identity.ServerIdentity;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Mutual TLS with proxies.
 *
 * @param identity what the server shows, and whose certificates it believes
 * @param issuing how proxies get their certificates; null if they come from elsewhere
 */
public record ServeTls(ServerIdentity identity, @Nullable Issuing issuing) {
  /**
   * The service that gives certificates to proxies.
   *
   * @param lifetime of the certificates
   */
  public record Issuing(CertificateAuthority authority, TokenReview tokens, Duration lifetime) {
    /** How long a proxy's certificate is good for. */
    public static final Duration LIFETIME = Duration.ofHours(24);

    public Issuing(CertificateAuthority authority, TokenReview tokens) {
      this(authority, tokens, LIFETIME);
    }
  }
}
