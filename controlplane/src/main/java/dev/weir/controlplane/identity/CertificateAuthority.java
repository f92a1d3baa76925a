package dev.weir.controlplane.identity;

import dev.weir.core.xds.IdentityCall;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.Date;
import java.util.List;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCSException;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequest;
import org.bouncycastle.util.IPAddress;

/**
 * The controller's own authority: its root certificate signs those of the controller and of the
 * proxies. Any thread.
 */
public final class CertificateAuthority {
  private static final String SUBJECT = "Weir authority";
  private static final Duration ROOT_LIFETIME = Duration.ofDays(3650);

  /** Clocks differ. */
  private static final Duration BACKDATED = Duration.ofMinutes(5);

  private static final int SERIAL_BITS = 127; // of RFC 5280's 20 octets
  private static final int LEAST_EC_BITS = 256;
  private static final int LEAST_RSA_BITS = 2048;
  private static final int MOST_RSA_BITS = 8192;

  private final Credential root;
  private final String signature;
  private final InstantSource clock;
  private final SecureRandom random = new SecureRandom();

  private CertificateAuthority(Credential root, InstantSource clock) {
    this.root = root;
    this.signature = root.key().getAlgorithm().equals("RSA") ? "SHA256withRSA" : "SHA256withECDSA";
    this.clock = clock;
  }

  /** A new one, with a key on P-256, for ten years. */
  public static CertificateAuthority create(InstantSource clock) {
    KeyPair keys = newKeys();
    Instant now = clock.instant();
    X500Name name = name(SUBJECT);
    try {
      JcaX509v3CertificateBuilder builder =
          new JcaX509v3CertificateBuilder(
              name,
              new BigInteger(SERIAL_BITS, new SecureRandom()),
              Date.from(now.minus(BACKDATED)),
              Date.from(now.plus(ROOT_LIFETIME)),
              name,
              keys.getPublic());
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(0));
      builder.addExtension(
          Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
      builder.addExtension(
          Extension.subjectKeyIdentifier,
          false,
          new JcaX509ExtensionUtils().createSubjectKeyIdentifier(keys.getPublic()));
      X509Certificate certificate = signed(builder, keys.getPrivate(), "SHA256withECDSA");
      return new CertificateAuthority(
          new Credential(List.of(certificate), keys.getPrivate()), clock);
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("every JDK can make a certificate on P-256", e);
    }
  }

  /**
   * One that {@link #certificatePem} and {@link #keyPem} were kept of.
   *
   * @throws InvalidMaterial if they cannot be read, do not belong together, have run out, or are
   *     not those of an authority
   */
  public static CertificateAuthority load(String certificate, String key, InstantSource clock)
      throws InvalidMaterial {
    Credential root = Credential.of(certificate, key);
    X509Certificate own = root.certificate();
    if (own.getBasicConstraints() < 0) {
      throw new InvalidMaterial("the certificate is not that of an authority", null);
    }
    if (own.getNotAfter().toInstant().isBefore(clock.instant())) {
      throw new InvalidMaterial(
          "the authority's certificate ran out at " + own.getNotAfter().toInstant(), null);
    }
    return new CertificateAuthority(root, clock);
  }

  public X509Certificate certificate() {
    return root.certificate();
  }

  public String certificatePem() {
    return PemText.of(certificate());
  }

  /** Secret. */
  public String keyPem() {
    return PemText.of(root.key());
  }

  /**
   * Signs for a proxy what it may serve.
   *
   * @param request PKCS #10, DER. Only its key counts, and that it was signed with it.
   * @param serves e.g. {@code Gateway/infra/edge}
   * @return the certificate and that of the authority, PEM
   * @throws InvalidMaterial if the request cannot be used
   */
  public String issue(byte[] request, String serves, Duration lifetime) throws InvalidMaterial {
    X509Certificate certificate =
        sign(
            proven(request),
            serves,
            new GeneralNames(
                new GeneralName(
                    GeneralName.uniformResourceIdentifier, IdentityCall.URI_PREFIX + serves)),
            KeyPurposeId.id_kp_clientAuth,
            lifetime);
    return PemText.of(certificate, certificate());
  }

  /**
   * A new certificate, with a new key, for the controller itself.
   *
   * @param names DNS names and IP addresses, at least one
   */
  Credential server(Collection<String> names, Duration lifetime) {
    KeyPair keys = newKeys();
    GeneralNames all =
        new GeneralNames(
            names.stream()
                .map(name ->
                    new GeneralName(
                        isAddress(name) ? GeneralName.iPAddress : GeneralName.dNSName, name))
                .toArray(GeneralName[]::new));
    X509Certificate certificate =
        sign(keys.getPublic(), "Weir controller", all, KeyPurposeId.id_kp_serverAuth, lifetime);
    return new Credential(List.of(certificate, certificate()), keys.getPrivate());
  }

  Instant now() {
    return clock.instant();
  }

  private static boolean isAddress(String name) {
    return IPAddress.isValid(name);
  }

  private X509Certificate sign(
      PublicKey key, String subject, GeneralNames names, KeyPurposeId purpose, Duration lifetime) {
    Instant now = clock.instant();
    Instant end = now.plus(lifetime);
    Instant rootEnd = certificate().getNotAfter().toInstant();
    try {
      JcaX509v3CertificateBuilder builder =
          new JcaX509v3CertificateBuilder(
              certificate(),
              new BigInteger(SERIAL_BITS, random),
              Date.from(now.minus(BACKDATED)),
              Date.from(end.isBefore(rootEnd) ? end : rootEnd),
              new X500Principal(name(subject).getEncoded()),
              key);
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
      builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
      builder.addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(purpose));
      builder.addExtension(
          Extension.authorityKeyIdentifier,
          false,
          new JcaX509ExtensionUtils().createAuthorityKeyIdentifier(certificate()));
      builder.addExtension(Extension.subjectAlternativeName, false, names);
      return signed(builder, root.key(), signature);
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("the authority signed before", e);
    }
  }

  /** The key of a request, whose sender has the private half. */
  private static PublicKey proven(byte[] request) throws InvalidMaterial {
    try {
      JcaPKCS10CertificationRequest read = new JcaPKCS10CertificationRequest(request);
      PublicKey key = read.getPublicKey();
      if (!isStrong(key)) {
        throw new InvalidMaterial(
            "the key of the certificate request must be on a curve of %d bits or more, or RSA of %d to %d"
                .formatted(LEAST_EC_BITS, LEAST_RSA_BITS, MOST_RSA_BITS),
            null);
      }
      if (!read.isSignatureValid(new JcaContentVerifierProviderBuilder().build(key))) {
        throw new InvalidMaterial("the certificate request is not signed with its own key", null);
      }
      return key;
    } catch (IOException
        | GeneralSecurityException
        | OperatorCreationException
        | PKCSException
        | RuntimeException e) {
      // Whatever the parser throws at what a stranger sent.
      throw new InvalidMaterial("the certificate request cannot be read", e);
    }
  }

  private static boolean isStrong(PublicKey key) {
    return switch (key) {
      case ECPublicKey curve ->
          curve.getParams().getCurve().getField().getFieldSize() >= LEAST_EC_BITS;
      case RSAPublicKey rsa ->
          rsa.getModulus().bitLength() >= LEAST_RSA_BITS
              && rsa.getModulus().bitLength() <= MOST_RSA_BITS;
      default -> false;
    };
  }

  private static X509Certificate signed(
      JcaX509v3CertificateBuilder builder, PrivateKey key, String algorithm)
      throws GeneralSecurityException {
    try {
      return new JcaX509CertificateConverter()
          .getCertificate(builder.build(new JcaContentSignerBuilder(algorithm).build(key)));
    } catch (OperatorCreationException e) {
      throw new GeneralSecurityException(e);
    }
  }

  private static KeyPair newKeys() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has P-256", e);
    }
  }

  /** The text may have any characters. */
  private static X500Name name(String text) {
    // RFC 5280 allows 64 characters; what counts is the alternative name.
    String common = text.length() <= 64 ? text : text.substring(0, 64);
    return new X500NameBuilder(BCStyle.INSTANCE).addRDN(BCStyle.CN, common).build();
  }
}
