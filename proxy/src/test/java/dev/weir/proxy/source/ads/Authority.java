package dev.weir.proxy.source.ads;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.concurrent.atomic.AtomicLong;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequest;

/** An authority that a test makes for itself. */
record Authority(KeyPair keys, X500Name name, AtomicLong serial) {
  static Authority create(String name) throws Exception {
    return new Authority(pair(), new X500Name("CN=" + name), new AtomicLong(1));
  }

  static KeyPair pair() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(256);
    return generator.generateKeyPair();
  }

  /** Its own certificate, as a file. */
  Path in(Path file) throws Exception {
    X509v3CertificateBuilder builder = builder(name, keys.getPublic(), Duration.ofDays(1));
    builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
    return Files.writeString(file, sign(builder));
  }

  /** A certificate with one subject alternative name. */
  String issue(PublicKey key, int kind, String alternative) throws Exception {
    X509v3CertificateBuilder builder = builder(new X500Name("CN=someone"), key, Duration.ofDays(1));
    builder.addExtension(
        Extension.subjectAlternativeName,
        false,
        new GeneralNames(new GeneralName(kind, alternative)));
    return sign(builder);
  }

  /** What a request asks for, all of it. */
  String grant(byte[] request) throws Exception {
    JcaPKCS10CertificationRequest asked = new JcaPKCS10CertificationRequest(request);
    if (!asked.isSignatureValid(
        new JcaContentVerifierProviderBuilder().build(asked.getPublicKey()))) {
      throw new IOException("the request is not signed with its key");
    }
    X509v3CertificateBuilder builder =
        builder(asked.getSubject(), asked.getPublicKey(), Duration.ofDays(1));
    Extensions extensions = asked.getRequestedExtensions();
    builder.addExtension(extensions.getExtension(Extension.subjectAlternativeName));
    return sign(builder);
  }

  private JcaX509v3CertificateBuilder builder(X500Name subject, PublicKey key, Duration life) {
    Instant now = Instant.now();
    return new JcaX509v3CertificateBuilder(
        name,
        BigInteger.valueOf(serial.getAndIncrement()),
        Date.from(now.minusSeconds(60)),
        Date.from(now.plus(life)),
        subject,
        key);
  }

  private String sign(X509v3CertificateBuilder builder) throws Exception {
    byte[] der =
        builder
            .build(new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate()))
            .getEncoded();
    return pem("CERTIFICATE", der);
  }

  static String pem(String what, byte[] der) {
    String base64 =
        Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII)).encodeToString(der);
    return "-----BEGIN " + what + "-----\n" + base64 + "\n-----END " + what + "-----\n";
  }
}
