package dev.weir.proxy.compile;

import com.google.protobuf.ByteString;
import dev.weir.core.filter.InvalidConfig;
import dev.weir.core.tls.KeyPairs;
import dev.weir.envoy.config.core.v3.DataSource;
import dev.weir.envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext;
import dev.weir.envoy.extensions.transport_sockets.tls.v3.Secret;
import dev.weir.envoy.extensions.transport_sockets.tls.v3.SubjectAltNameMatcher;
import dev.weir.envoy.extensions.transport_sockets.tls.v3.TlsCertificate;
import dev.weir.proxy.compile.SecretValue.Certificate;
import dev.weir.proxy.compile.SecretValue.Trust;
import dev.weir.proxy.tls.PeerName;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;

/** Compiles Secret resources, and the same messages where they stand inline. */
final class SecretCompiler {
  private SecretCompiler() {}

  static SecretValue compile(Secret secret) throws InvalidConfig {
    return switch (secret.getTypeCase()) {
      case TLS_CERTIFICATE ->
          certificate(secret.getTlsCertificate(), FieldPath.ROOT.field("tls_certificate"));
      case VALIDATION_CONTEXT ->
          trust(secret.getValidationContext(), FieldPath.ROOT.field("validation_context"));
      case TYPE_NOT_SET ->
          throw FieldPath.ROOT.invalid("needs a tls_certificate or a validation_context");
    };
  }

  static Certificate certificate(TlsCertificate message, FieldPath path) throws InvalidConfig {
    FieldPath chainPath = path.field("certificate_chain");
    FieldPath keyPath = path.field("private_key");
    List<X509Certificate> chain =
        Pem.certificates(bytes(message.getCertificateChain(), chainPath), chainPath);
    PrivateKey key = Pem.privateKey(bytes(message.getPrivateKey(), keyPath), keyPath);
    if (!fits(key, chain.getFirst())) {
      throw keyPath.invalid("does not belong to the first certificate of certificate_chain");
    }
    return new Certificate(message, chain, key);
  }

  static Trust trust(CertificateValidationContext message, FieldPath path) throws InvalidConfig {
    FieldPath caPath = path.field("trusted_ca");
    List<PeerName> names = new ArrayList<>();
    for (int i = 0; i < message.getMatchTypedSubjectAltNamesCount(); i++) {
      SubjectAltNameMatcher name = message.getMatchTypedSubjectAltNames(i);
      names.add(name(name, path.field("match_typed_subject_alt_names").at(i)));
    }
    if (message.hasTrustedCa()) {
      if (message.hasSystemRootCerts()) {
        throw caPath.invalid("must not stand beside system_root_certs");
      }
      return new Trust(
          message, Pem.certificates(bytes(message.getTrustedCa(), caPath), caPath), names);
    }
    return new Trust(message, message.hasSystemRootCerts() ? null : List.of(), names);
  }

  private static PeerName name(SubjectAltNameMatcher message, FieldPath path) throws InvalidConfig {
    PeerName.Kind kind =
        switch (message.getSanType()) {
          case DNS -> PeerName.Kind.DNS;
          case URI -> PeerName.Kind.URI;
          case EMAIL -> PeerName.Kind.EMAIL;
          case IP_ADDRESS -> PeerName.Kind.IP_ADDRESS;
          case OTHER_NAME, SAN_TYPE_UNSPECIFIED, UNRECOGNIZED ->
              throw path.field("san_type").invalid("has to be DNS, URI, EMAIL or IP_ADDRESS");
        };
    FieldPath matcher = path.field("matcher");
    return new PeerName(
        kind, message.getMatcher().getExact(), MatchCompiler.value(message.getMatcher(), matcher));
  }

  /** The content of a data source. */
  static ByteString bytes(DataSource source, FieldPath path) throws InvalidConfig {
    return switch (source.getSpecifierCase()) {
      case INLINE_BYTES -> source.getInlineBytes();
      case INLINE_STRING -> source.getInlineStringBytes();
      case SPECIFIER_NOT_SET -> throw path.invalid("needs inline_bytes or inline_string");
    };
  }

  private static boolean fits(PrivateKey key, X509Certificate certificate) {
    try {
      return KeyPairs.belong(key, certificate.getPublicKey());
    } catch (GeneralSecurityException e) {
      return false;
    }
  }
}
