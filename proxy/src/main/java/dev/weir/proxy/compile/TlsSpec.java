package dev.weir.proxy.compile;

import dev.weir.proxy.compile.SecretValue.Certificate;
import dev.weir.proxy.compile.SecretValue.Trust;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How one side of TLS is to behave, with secrets by name; a value, so that equal configurations
 * share one context.
 */
sealed interface TlsSpec {
  String TLS_1_3 = "TLSv1.3";

  /** What HTTP/3 is called in ALPN. */
  String HTTP_3 = "h3";

  /** Protocol versions in ascending order, as Java calls them. */
  List<String> versions();

  /** Protocols to offer or to accept by ALPN, the preferred first; empty for no ALPN. */
  List<String> alpn();

  /**
   * The gateway as a server.
   *
   * @param certificates of which each client is shown one, see {@link CertificateSets}; not empty
   * @param clients what clients must prove, or null if they are not asked for a certificate
   */
  record Server(
      List<String> versions,
      List<String> alpn,
      List<CertificateRef> certificates,
      @Nullable Clients clients)
      implements TlsSpec {
    /** Whether it is for connections of QUIC. */
    boolean quic() {
      return alpn.contains(HTTP_3);
    }
  }

  /**
   * What clients must prove.
   *
   * @param required whether a client without certificate is turned away
   */
  record Clients(TrustRef trust, boolean required) {}

  /**
   * The gateway as a client.
   *
   * @param certificate what the gateway shows of itself, or null
   * @param trust whom it trusts
   * @param serverName sent as SNI; empty for none
   */
  record Client(
      List<String> versions,
      List<String> alpn,
      @Nullable CertificateRef certificate,
      TrustRef trust,
      String serverName)
      implements TlsSpec {}

  /** Where a certificate is. */
  sealed interface CertificateRef {
    record Named(String secret) implements CertificateRef {}

    record Inline(Certificate certificate) implements CertificateRef {}
  }

  /**
   * Where trust is configured.
   *
   * @param inline in the message itself, or null
   * @param secret name of the secret that adds to it or stands alone, or null; one of both is there
   */
  record TrustRef(@Nullable Trust inline, @Nullable String secret) {}
}
