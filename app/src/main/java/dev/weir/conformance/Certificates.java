package dev.weir.conformance;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import tools.jackson.databind.node.ObjectNode;

/** The Secrets and ConfigMaps that the public suite creates: RSA certificates, keys as PKCS #1. */
final class Certificates {
  private static final String INFRA = "gateway-conformance-infra";
  private static final String APP = "gateway-conformance-app-backend";
  private static final String WEB = "gateway-conformance-web-backend";
  private static final int KEY_BITS = 2048;
  private static final Duration VALID = Duration.ofDays(365);

  private Certificates() {}

  /** A certificate and its key. */
  private record Identity(X509Certificate certificate, PrivateKey key) {}

  /** All of them, new ones for each run. */
  static List<ObjectNode> create() {
    Identity validityCa = authority();
    Identity perPortCa = authority();
    Identity checksCa = authority();
    Identity mismatchCa = authority();
    Identity webCa = authority();
    Identity passthrough = signedBy(checksCa, "abc.example.com");
    return List.of(
        secret(WEB, "certificate", selfSigned("*")),
        configMap(WEB, "web-backend-cm", webCa),
        secret(
            INFRA, "tls-validity-checks-certificate", selfSigned("*", "*.org", "*.wildcard.org")),
        configMap(INFRA, "tls-validity-checks-ca-certificate", validityCa),
        secret(INFRA, "tls-validity-checks-client-certificate", signedBy(validityCa, "client")),
        configMap(INFRA, "tls-validity-checks-per-port-ca-certificate", perPortCa),
        secret(
            INFRA,
            "tls-validity-checks-per-port-client-certificate",
            signedBy(perPortCa, "client")),
        configMap(INFRA, "tls-checks-ca-certificate", checksCa),
        secret(
            INFRA,
            "tls-checks-certificate",
            signedBy(
                checksCa,
                "abc.example.com",
                "spiffe://abc.example.com/test-identity",
                "other.example.com")),
        secret(INFRA, "tls-checks-client-certificate", signedBy(checksCa, "client")),
        secret(INFRA, "tls-passthrough-checks-certificate", passthrough),
        secret(APP, "tls-passthrough-checks-certificate", passthrough),
        secret(INFRA, "tls-terminate-checks-certificate", signedBy(checksCa, "tls.example.com")),
        configMap(INFRA, "mismatch-ca-certificate", mismatchCa));
  }

  private static Identity authority() {
    KeyPair keys = keys();
    return issue(
        "CN=conformance CA", keys, "CN=conformance CA", keys.getPrivate(), true, List.of());
  }

  private static Identity selfSigned(String... names) {
    KeyPair keys = keys();
    return issue(
        "CN=conformance", keys, "CN=conformance", keys.getPrivate(), false, List.of(names));
  }

  private static Identity signedBy(Identity authority, String... names) {
    return issue(
        "CN=conformance",
        keys(),
        authority.certificate().getSubjectX500Principal().getName(),
        authority.key(),
        false,
        List.of(names));
  }

  private static KeyPair keys() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(KEY_BITS);
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("no RSA keys", e);
    }
  }

  private static Identity issue(
      String subject,
      KeyPair keys,
      String issuer,
      PrivateKey signer,
      boolean authority,
      List<String> names) {
    Instant start = Instant.now().minus(Duration.ofHours(1));
    var builder =
        new JcaX509v3CertificateBuilder(
            new X500Name(issuer),
            new BigInteger(127, new SecureRandom()),
            Date.from(start),
            Date.from(start.plus(VALID)),
            new X500Name(subject),
            keys.getPublic());
    try {
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(authority));
      if (authority) {
        builder.addExtension(
            Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
      } else {
        builder.addExtension(
            Extension.keyUsage,
            true,
            new KeyUsage(KeyUsage.digitalSignature | KeyUsage.keyEncipherment));
        builder.addExtension(
            Extension.extendedKeyUsage,
            false,
            new ExtendedKeyUsage(
                new KeyPurposeId[] {KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth}));
        builder.addExtension(
            Extension.subjectAlternativeName,
            false,
            new GeneralNames(
                names.stream().map(Certificates::generalName).toArray(GeneralName[]::new)));
      }
      return new Identity(
          new JcaX509CertificateConverter()
              .getCertificate(
                  builder.build(new JcaContentSignerBuilder("SHA256withRSA").build(signer))),
          keys.getPrivate());
    } catch (IOException | GeneralSecurityException | OperatorCreationException e) {
      throw new IllegalStateException("cannot issue a certificate for " + names, e);
    }
  }

  private static GeneralName generalName(String name) {
    return new GeneralName(
        name.contains("://") ? GeneralName.uniformResourceIdentifier : GeneralName.dNSName, name);
  }

  private static ObjectNode secret(String namespace, String name, Identity identity) {
    ObjectNode secret = object("Secret", namespace, name);
    secret.put("type", "kubernetes.io/tls");
    ObjectNode data = secret.putObject("data");
    data.put("tls.crt", base64(pem(identity.certificate())));
    data.put("tls.key", base64(pem(identity.key())));
    return secret;
  }

  private static ObjectNode configMap(String namespace, String name, Identity authority) {
    ObjectNode map = object("ConfigMap", namespace, name);
    map.putObject("data").put("ca.crt", pem(authority.certificate()));
    return map;
  }

  private static ObjectNode object(String kind, String namespace, String name) {
    ObjectNode object = Json.MAPPER.createObjectNode();
    object.put("apiVersion", "v1");
    object.put("kind", kind);
    object.putObject("metadata").put("name", name).put("namespace", namespace);
    return object;
  }

  private static String pem(Object content) {
    var text = new StringWriter();
    try (var writer = new JcaPEMWriter(text)) {
      writer.writeObject(content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString();
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.US_ASCII));
  }
}
