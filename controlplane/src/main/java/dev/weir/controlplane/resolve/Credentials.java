package dev.weir.controlplane.resolve;

import dev.weir.core.api.Bytes;
import dev.weir.core.tls.KeyPairs;
import java.io.ByteArrayInputStream;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads certificates and keys, only to be sure that the proxy will be able to. */
final class Credentials {
  private Credentials() {}

  /** What is wrong with a certificate chain and its key, or null if they can be used. */
  static @Nullable String keyPairFlaw(Bytes chain, Bytes key) {
    List<X509Certificate> certificates;
    try {
      certificates = certificates(chain);
    } catch (CertificateException | IllegalArgumentException e) {
      return "tls.crt is not a PEM certificate: " + reason(e);
    }
    if (certificates.isEmpty()) {
      return "tls.crt holds no PEM certificate";
    }
    PublicKey publicKey = certificates.getFirst().getPublicKey();
    try {
      PrivateKey privateKey = privateKey(key, publicKey);
      return KeyPairs.belong(privateKey, publicKey)
          ? null
          : "tls.key is not the key of the first certificate in tls.crt";
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      return "tls.key cannot be read as the key of the first certificate in tls.crt: " + reason(e);
    }
  }

  /** What is wrong with a bundle of authorities, or null if it can be used. */
  static @Nullable String bundleFlaw(Bytes bundle) {
    try {
      return certificates(bundle).isEmpty() ? "ca.crt holds no PEM certificate" : null;
    } catch (CertificateException | IllegalArgumentException e) {
      return "ca.crt is not PEM: " + reason(e);
    }
  }

  private static List<X509Certificate> certificates(Bytes pem) throws CertificateException {
    CertificateFactory factory = CertificateFactory.getInstance("X.509");
    List<X509Certificate> certificates = new ArrayList<>();
    for (Pem.Block block : Pem.blocks(pem)) {
      if (block.label().equals("CERTIFICATE")) {
        certificates.add(
            (X509Certificate)
                factory.generateCertificate(new ByteArrayInputStream(block.der().toArray())));
      }
    }
    return certificates;
  }

  private static PrivateKey privateKey(Bytes pem, PublicKey publicKey)
      throws GeneralSecurityException {
    for (Pem.Block block : Pem.blocks(pem)) {
      byte[] pkcs8 =
          switch (block.label()) {
            case "PRIVATE KEY" -> block.der().toArray();
            case "RSA PRIVATE KEY", "EC PRIVATE KEY" -> Der.pkcs8(block.der().toArray(), publicKey);
            case "ENCRYPTED PRIVATE KEY" ->
                throw new InvalidKeyException("it is encrypted: store it without a pass phrase");
            default -> null;
          };
      if (pkcs8 != null) {
        return KeyFactory.getInstance(publicKey.getAlgorithm())
            .generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
      }
    }
    throw new InvalidKeyException("it holds no PEM private key");
  }

  private static String reason(Exception e) {
    String message = e.getMessage();
    return message == null ? e.getClass().getSimpleName() : message;
  }
}
