package dev.weir.controlplane.identity;

import dev.weir.core.tls.KeyPairs;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;

/**
 * A certificate and its key.
 *
 * @param chain the certificate, then those that lead to its authority
 */
public record Credential(List<X509Certificate> chain, PrivateKey key) {
  public Credential {
    chain = List.copyOf(chain);
  }

  /**
   * From PEM texts.
   *
   * @throws InvalidMaterial if one cannot be read, or the key is another certificate's
   */
  public static Credential of(String certificates, String key) throws InvalidMaterial {
    List<X509Certificate> chain = PemText.certificates(certificates, "the certificate");
    PrivateKey own = PemText.key(key, "the key of the certificate");
    try {
      if (!KeyPairs.belong(own, chain.getFirst().getPublicKey())) {
        throw new InvalidMaterial("the key does not belong to the certificate", null);
      }
    } catch (GeneralSecurityException e) {
      throw new InvalidMaterial("keys of the kind " + own.getAlgorithm() + " cannot be used", e);
    }
    return new Credential(chain, own);
  }

  X509Certificate certificate() {
    return chain.getFirst();
  }

  /** Does not show the key. */
  @Override
  public String toString() {
    return "certificate of " + certificate().getSubjectX500Principal();
  }
}
