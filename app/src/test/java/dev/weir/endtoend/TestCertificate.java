package dev.weir.endtoend;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.Date;
import java.util.stream.Stream;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** A certificate that is its own authority, made on the spot, with its key. */
public record TestCertificate(X509Certificate certificate, KeyPair keys) {
  public static TestCertificate of(String... names)
      throws GeneralSecurityException, IOException, OperatorCreationException {
    return with(
        Stream.of(names)
            .map(name -> new GeneralName(GeneralName.dNSName, name))
            .toArray(GeneralName[]::new));
  }

  /** One with these subject alternative names. */
  public static TestCertificate with(GeneralName... names)
      throws GeneralSecurityException, IOException, OperatorCreationException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(256);
    KeyPair keys = generator.generateKeyPair();
    X500Name subject = new X500Name("CN=" + names[0].getName());
    Instant now = Instant.now();
    JcaX509v3CertificateBuilder builder =
        new JcaX509v3CertificateBuilder(
            subject,
            BigInteger.valueOf(System.nanoTime()),
            Date.from(now.minus(1, ChronoUnit.DAYS)),
            Date.from(now.plus(1, ChronoUnit.DAYS)),
            subject,
            keys.getPublic());
    builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(names));
    X509Certificate certificate =
        new JcaX509CertificateConverter()
            .getCertificate(
                builder.build(
                    new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate())));
    return new TestCertificate(certificate, keys);
  }

  public String certificatePem() throws GeneralSecurityException {
    return pem("CERTIFICATE", certificate.getEncoded());
  }

  public String keyPem() {
    return pem("PRIVATE KEY", keys.getPrivate().getEncoded());
  }

  private static String pem(String label, byte[] content) {
    String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
    return "-----BEGIN " + label + "-----\n" + text + "\n-----END " + label + "-----\n";
  }

  /** Writes {@code name.crt} and {@code name.key}; the result is the former. */
  public Path write(Path directory, String name) throws IOException, GeneralSecurityException {
    Files.writeString(directory.resolve(name + ".key"), keyPem());
    return Files.writeString(directory.resolve(name + ".crt"), certificatePem());
  }

  /** A TLS Secret. */
  String secret(String name) throws GeneralSecurityException {
    return """
    apiVersion: v1
    kind: Secret
    type: kubernetes.io/tls
    metadata: {name: %s}
    stringData:
      tls.crt: |
    %s
      tls.key: |
    %s
    ---
    """
        .formatted(
            name, certificatePem().indent(4).stripTrailing(), keyPem().indent(4).stripTrailing());
  }

  /** A ConfigMap with the authority in {@code ca.crt}. */
  String configMap(String name) throws GeneralSecurityException {
    return """
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: %s}
    data:
      ca.crt: |
    %s
    ---
    """
        .formatted(name, certificatePem().indent(4).stripTrailing());
  }
}
