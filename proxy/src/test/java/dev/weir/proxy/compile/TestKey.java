package dev.weir.proxy.compile;

import java.io.IOException;
import java.io.StringWriter;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPrivateKey;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Date;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.util.io.pem.PemObject;
import org.jspecify.annotations.Nullable;

/** A certificate with its key, made for a test. */
public record TestKey(X509Certificate certificate, PrivateKey key) {

  /** A certificate authority. */
  public static TestKey authority(String name) {
    return make("EC", name, null, new GeneralName[0]);
  }

  /**
   * A certificate signed by itself.
   *
   * @param algorithm RSA, EC (curve P-256), P-384 or Ed25519
   */
  public static TestKey selfSigned(String algorithm, String... names) {
    return make(algorithm, names[0], null, dns(names));
  }

  /** A certificate signed by this authority. */
  public TestKey sign(GeneralName... names) {
    return make("EC", "leaf", this, names);
  }

  /** A certificate for a key of {@code algorithm}, signed by this authority. */
  public TestKey sign(String algorithm, GeneralName... names) {
    return make(algorithm, "leaf", this, names);
  }

  /** A certificate signed by this authority that was good until yesterday. */
  public TestKey signExpired(GeneralName... names) {
    return make("EC", "leaf", this, names, Instant.now().minus(Duration.ofDays(1)));
  }

  public static GeneralName[] dns(String... names) {
    return Arrays.stream(names)
        .map(name -> new GeneralName(GeneralName.dNSName, name))
        .toArray(GeneralName[]::new);
  }

  private static TestKey make(
      String algorithm, String subject, @Nullable TestKey issuer, GeneralName[] names) {
    return make(algorithm, subject, issuer, names, Instant.now().plus(Duration.ofHours(1)));
  }

  private static TestKey make(
      String algorithm,
      String subject,
      @Nullable TestKey issuer,
      GeneralName[] names,
      Instant end) {
    try {
      KeyPairGenerator generator =
          KeyPairGenerator.getInstance(algorithm.equals("P-384") ? "EC" : algorithm);
      switch (algorithm) {
        case "RSA" -> generator.initialize(2048);
        case "EC" -> generator.initialize(256);
        case "P-384" -> generator.initialize(384);
        default -> {}
      }
      KeyPair pair = generator.generateKeyPair();
      X500Principal name = new X500Principal("CN=" + subject);
      JcaX509v3CertificateBuilder builder =
          new JcaX509v3CertificateBuilder(
              issuer == null ? name : issuer.certificate.getSubjectX500Principal(),
              BigInteger.valueOf(System.nanoTime()),
              Date.from(end.minus(Duration.ofHours(2))),
              Date.from(end),
              name,
              pair.getPublic());
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(issuer == null));
      if (names.length > 0) {
        builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(names));
      }
      PrivateKey signer = issuer == null ? pair.getPrivate() : issuer.key;
      String signature =
          switch (signer.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            default -> "Ed25519";
          };
      return new TestKey(
          new JcaX509CertificateConverter()
              .getCertificate(builder.build(new JcaContentSignerBuilder(signature).build(signer))),
          pair.getPrivate());
    } catch (GeneralSecurityException | OperatorCreationException | IOException e) {
      throw new IllegalStateException(e);
    }
  }

  public String certificatePem() {
    return pem(certificate);
  }

  /** PKCS#8. */
  public String keyPem() {
    try {
      return pem(new JcaPKCS8Generator(key, null));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** PKCS#1 for RSA, SEC 1 for elliptic curves, as OpenSSL writes them. */
  String traditionalKeyPem() {
    if (!(key instanceof ECPrivateKey ec)) {
      return pem(key);
    }
    try {
      return pem(
          new PemObject(
              "EC PRIVATE KEY",
              new org.bouncycastle.asn1.sec.ECPrivateKey(
                      256, ec.getS(), SECObjectIdentifiers.secp256r1)
                  .getEncoded()));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A key that holds the public key of this one, of curve P-256, and is another. */
  String forgedKeyPem() {
    byte[] point =
        SubjectPublicKeyInfo.getInstance(certificate.getPublicKey().getEncoded())
            .getPublicKeyData()
            .getBytes();
    try {
      return pem(
          new PemObject(
              "EC PRIVATE KEY",
              new org.bouncycastle.asn1.sec.ECPrivateKey(
                      256, BigInteger.TWO, new DERBitString(point), SECObjectIdentifiers.secp256r1)
                  .getEncoded()));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * A context of the JDK that trusts this certificate alone.
   *
   * @param own what it shows of itself, or null
   */
  public SSLContext trusted(@Nullable TestKey own) {
    char[] password = {'x'};
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      store.setCertificateEntry("trusted", certificate);
      TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
      trust.init(store);
      KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
      KeyStore keyStore = KeyStore.getInstance("PKCS12");
      keyStore.load(null, null);
      if (own != null) {
        keyStore.setKeyEntry("own", own.key, password, new X509Certificate[] {own.certificate});
      }
      keys.init(keyStore, password);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The fields of a Secret resource or of a TlsCertificate, in one line of YAML. */
  public String yaml() {
    return yaml(keyPem());
  }

  /** The same with {@code key} in the place of its own. */
  String yaml(String key) {
    return "{certificate_chain: {inline_string: "
        + XdsText.quoted(certificatePem())
        + "}, private_key: {inline_string: "
        + XdsText.quoted(key)
        + "}}";
  }

  private static String pem(Object object) {
    StringWriter text = new StringWriter();
    try (JcaPEMWriter writer = new JcaPEMWriter(text)) {
      writer.writeObject(object);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return text.toString();
  }
}
