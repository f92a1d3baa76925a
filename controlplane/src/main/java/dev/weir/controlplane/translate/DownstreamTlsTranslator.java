package dev.weir.controlplane.translate;

import com.google.protobuf.BoolValue;
import dev.weir.controlplane.topology.KeyPair;
import dev.weir.controlplane.topology.ListenerRef;
import dev.weir.controlplane.topology.TlsTermination;
import dev.weir.controlplane.topology.TlsTermination.ClientValidation;
import dev.weir.core.xds.Packing;
import dev.weir.envoy.config.core.v3.TransportSocket;
import dev.weir.envoy.extensions.transport_sockets.quic.v3.QuicDownstreamTransport;
import dev.weir.envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext;
import dev.weir.envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext.TrustChainVerification;
import dev.weir.envoy.extensions.transport_sockets.tls.v3.CommonTlsContext;
import dev.weir.envoy.extensions.transport_sockets.tls.v3.CommonTlsContext.CombinedCertificateValidationContext;
import dev.weir.envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext;
import java.util.List;

/** Writes how a listener ends TLS, as a transport socket. */
final class DownstreamTlsTranslator {
  private final SecretTranslator secrets;

  DownstreamTlsTranslator(SecretTranslator secrets) {
    this.secrets = secrets;
  }

  /**
   * The transport socket.
   *
   * @param protocols to agree on by ALPN, the preferred first; empty for none
   */
  TransportSocket translate(ListenerRef listener, TlsTermination tls, List<String> protocols) {
    CommonTlsContext.Builder common = common(tls, protocols);
    DownstreamTlsContext.Builder context = DownstreamTlsContext.newBuilder();
    if (tls.clients() != null) {
      common.setCombinedValidationContext(clients(listener, tls.clients(), context));
    }
    return TransportSocket.newBuilder()
        .setName("envoy.transport_sockets.tls")
        .setTypedConfig(Packing.packed(context.setCommonTlsContext(common).build()))
        .build();
  }

  /** The same inside QUIC, for HTTP/3. Clients that have to prove something are not served so. */
  TransportSocket overQuic(TlsTermination tls) {
    return TransportSocket.newBuilder()
        .setName("envoy.transport_sockets.quic")
        .setTypedConfig(
            Packing.packed(
                QuicDownstreamTransport.newBuilder()
                    .setDownstreamTlsContext(
                        DownstreamTlsContext.newBuilder()
                            .setCommonTlsContext(common(tls, List.of("h3"))))
                    .build()))
        .build();
  }

  private CommonTlsContext.Builder common(TlsTermination tls, List<String> protocols) {
    CommonTlsContext.Builder common = CommonTlsContext.newBuilder().addAllAlpnProtocols(protocols);
    for (KeyPair certificate : tls.certificates()) {
      common.addTlsCertificateSdsSecretConfigs(secrets.certificate(certificate));
    }
    return common;
  }

  private CombinedCertificateValidationContext clients(
      ListenerRef listener, ClientValidation clients, DownstreamTlsContext.Builder context) {
    CertificateValidationContext.Builder validation = CertificateValidationContext.newBuilder();
    switch (clients.mode()) {
      case ALLOW_VALID_ONLY -> context.setRequireClientCertificate(BoolValue.of(true));
      case ALLOW_INSECURE_FALLBACK ->
          validation.setTrustChainVerification(TrustChainVerification.ACCEPT_UNTRUSTED);
    }
    return CombinedCertificateValidationContext.newBuilder()
        .setDefaultValidationContext(validation)
        .setValidationContextSdsSecretConfig(
            secrets.authorities(listener.toString(), clients.authorities()))
        .build();
  }
}
