package dev.weir.controlplane.identity;

import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
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
    if (!belongTogether(own, chain.getFirst().getPublicKey())) {
      throw new InvalidMaterial("the key does not belong to the certificate", null);
    }
    return new Credential(chain, own);
  }

  X509Certificate certificate() {
    return chain.getFirst();
  }

  private static boolean belongTogether(PrivateKey key, PublicKey publicKey)
      throws InvalidMaterial {
    String algorithm =
        switch (publicKey.getAlgorithm()) {
          case "EC" -> "SHA256withECDSA";
          case "RSA" -> "SHA256withRSA";
          case String other -> other;
        };
    byte[] any = {1};
    try {
      Signature signature = Signature.getInstance(algorithm);
      signature.initSign(key);
      signature.update(any);
      byte[] signed = signature.sign();
      signature.initVerify(publicKey);
      signature.update(any);
      return signature.verify(signed);
    } catch (java.security.InvalidKeyException e) {
      return false;
    } catch (GeneralSecurityException e) {
      throw new InvalidMaterial("keys of the kind " + algorithm + " cannot be used", e);
    }
  }

  /** Does not show the key. */
  @Override
  public String toString() {
    return "certificate of " + certificate().getSubjectX500Principal();
  }
}
