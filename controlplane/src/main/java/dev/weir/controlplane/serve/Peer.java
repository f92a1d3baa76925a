package dev.weir.controlplane.serve;

import dev.weir.core.xds.IdentityCall;
import io.grpc.Attributes;
import io.grpc.Context;
import io.grpc.Grpc;
import java.security.cert.Certificate;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/** Who is at the other end of a connection, as far as TLS knows. */
sealed interface Peer {
  Context.Key<Peer> KEY = Context.key("peer");

  /** Why it must not have what {@code node.cluster} names; null if it may. */
  @Nullable String refusal(String cluster);

  /** There is no TLS: everybody may have everything. */
  record Unknown() implements Peer {
    @Override
    public @Nullable String refusal(String cluster) {
      return null;
    }
  }

  /** It showed no certificate. */
  record Anonymous() implements Peer {
    @Override
    public String refusal(String cluster) {
      return "a client certificate is needed, of the controller's authority and with the URI \"%s%s\""
          .formatted(IdentityCall.URI_PREFIX, cluster);
    }
  }

  /**
   * It showed a certificate of the authority.
   *
   * @param uris those among its alternative names
   * @param until when the certificate runs out
   */
  record Certified(List<String> uris, Instant until) implements Peer {
    @Override
    public @Nullable String refusal(String cluster) {
      String needed = IdentityCall.URI_PREFIX + cluster;
      return uris.contains(needed)
          ? null
          : "the client certificate has the URI %s, and \"%s\" is needed for the node.cluster \"%s\""
              .formatted(uris, needed, cluster);
    }
  }

  static Peer of(Attributes connection) {
    SSLSession session = connection.get(Grpc.TRANSPORT_ATTR_SSL_SESSION);
    if (session == null) {
      return new Unknown();
    }
    try {
      Certificate[] chain = session.getPeerCertificates();
      return chain.length > 0 && chain[0] instanceof X509Certificate certificate
          ? new Certified(uris(certificate), certificate.getNotAfter().toInstant())
          : new Anonymous();
    } catch (SSLPeerUnverifiedException e) {
      return new Anonymous();
    }
  }

  private static List<String> uris(X509Certificate certificate) {
    List<String> uris = new ArrayList<>();
    try {
      Collection<List<?>> names = certificate.getSubjectAlternativeNames();
      if (names != null) {
        for (List<?> name : names) {
          if (name.getFirst().equals(URI_NAME) && name.get(1) instanceof String uri) {
            uris.add(uri);
          }
        }
      }
    } catch (CertificateParsingException e) {
      // It allows nothing.
      return List.of();
    }
    return uris;
  }

  /** {@code uniformResourceIdentifier} of RFC 5280, section 4.2.1.6. */
  Integer URI_NAME = 6;
}
