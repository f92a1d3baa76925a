package dev.weir.conformance;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.List;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.openssl.PEMException;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;

/** Reads certificates and keys from PEM. */
final class Material {
  private Material() {}

  static List<X509Certificate> certificates(String pem) {
    InputStream in = new ByteArrayInputStream(pem.getBytes(StandardCharsets.UTF_8));
    try {
      return CertificateFactory.getInstance("X.509").generateCertificates(in).stream()
          .map(X509Certificate.class::cast)
          .toList();
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException("no certificates in PEM", e);
    }
  }

  static PrivateKey key(String pem) {
    try (var parser = new PEMParser(new java.io.StringReader(pem))) {
      var converter = new JcaPEMKeyConverter();
      return switch (parser.readObject()) {
        case PEMKeyPair pair -> converter.getPrivateKey(pair.getPrivateKeyInfo());
        case PrivateKeyInfo info -> converter.getPrivateKey(info);
        case null, default -> throw new PEMException("no private key in PEM");
      };
    } catch (java.io.IOException e) {
      throw new IllegalArgumentException("no private key in PEM", e);
    }
  }
}
