package dev.weir.controlplane.translate;

import dev.weir.controlplane.topology.BackendTls;
import dev.weir.controlplane.topology.KeyPair;
import dev.weir.controlplane.topology.ResolvedBackend.AppProtocol;
import dev.weir.core.api.gateway.BackendTlsPolicy.SubjectAltName;
import dev.weir.core.xds.Packing;
import dev.weir.envoy.config.core.v3.TransportSocket;
import dev.weir.envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext;
import dev.weir.envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext.SystemRootCerts;
import dev.weir.envoy.extensions.transport_sockets.tls.v3.CommonTlsContext;
import dev.weir.envoy.extensions.transport_sockets.tls.v3.CommonTlsContext.CombinedCertificateValidationContext;
import dev.weir.envoy.extensions.transport_sockets.tls.v3.SubjectAltNameMatcher;
import dev.weir.envoy.extensions.transport_sockets.tls.v3.SubjectAltNameMatcher.SanType;
import dev.weir.envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext;
import dev.weir.envoy.type.matcher.v3.StringMatcher;
import org.jspecify.annotations.Nullable;

/** Writes how TLS to a backend is spoken, as a transport socket. */
final class UpstreamTlsTranslator {
  private final SecretTranslator secrets;

  UpstreamTlsTranslator(SecretTranslator secrets) {
    this.secrets = secrets;
  }

  /**
   * The transport socket.
   *
   * @param identity certificate to show, or null for none
   */
  TransportSocket translate(BackendTls tls, AppProtocol protocol, @Nullable KeyPair identity) {
    CommonTlsContext.Builder common = CommonTlsContext.newBuilder();
    switch (protocol) {
      case HTTP1 -> common.addAlpnProtocols("http/1.1");
      case HTTP2 -> common.addAlpnProtocols("h2");
      case OPAQUE -> {}
    }
    if (identity != null) {
      common.addTlsCertificateSdsSecretConfigs(secrets.certificate(identity));
    }
    if (tls.authorities().isEmpty()) {
      common.setValidationContext(
          names(tls).setSystemRootCerts(SystemRootCerts.getDefaultInstance()));
    } else {
      common.setCombinedValidationContext(
          CombinedCertificateValidationContext.newBuilder()
              .setDefaultValidationContext(names(tls))
              .setValidationContextSdsSecretConfig(
                  secrets.authorities(tls.source().toString(), tls.authorities())));
    }
    return TransportSocket.newBuilder()
        .setName("envoy.transport_sockets.tls")
        .setTypedConfig(
            Packing.packed(
                UpstreamTlsContext.newBuilder()
                    .setSni(tls.serverName())
                    .setCommonTlsContext(common)
                    .build()))
        .build();
  }

  /** Names of which the certificate must carry one. */
  private static CertificateValidationContext.Builder names(BackendTls tls) {
    CertificateValidationContext.Builder out = CertificateValidationContext.newBuilder();
    if (tls.subjectAltNames().isEmpty()) {
      out.addMatchTypedSubjectAltNames(name(SanType.DNS, tls.serverName()));
    }
    for (SubjectAltName name : tls.subjectAltNames()) {
      out.addMatchTypedSubjectAltNames(
          switch (name) {
            case SubjectAltName.Dns(String hostname) -> name(SanType.DNS, hostname);
            case SubjectAltName.Uri(String uri) -> name(SanType.URI, uri);
          });
    }
    return out;
  }

  private static SubjectAltNameMatcher name(SanType type, String name) {
    return SubjectAltNameMatcher.newBuilder()
        .setSanType(type)
        .setMatcher(StringMatcher.newBuilder().setExact(name))
        .build();
  }
}
