package dev.weir.proxy.compile;

import dev.weir.core.filter.InvalidConfig;
import dev.weir.envoy.extensions.transport_sockets.tls.v3.CommonTlsContext;
import dev.weir.envoy.extensions.transport_sockets.tls.v3.CommonTlsContext.CombinedCertificateValidationContext;
import dev.weir.envoy.extensions.transport_sockets.tls.v3.CommonTlsContext.ValidationContextTypeCase;
import dev.weir.envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext;
import dev.weir.envoy.extensions.transport_sockets.tls.v3.SdsSecretConfig;
import dev.weir.envoy.extensions.transport_sockets.tls.v3.TlsParameters;
import dev.weir.envoy.extensions.transport_sockets.tls.v3.TlsParameters.TlsProtocol;
import dev.weir.envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext;
import dev.weir.proxy.compile.SecretValue.Trust;
import dev.weir.proxy.compile.TlsSpec.CertificateRef;
import dev.weir.proxy.compile.TlsSpec.TrustRef;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Compiles TLS settings as far as that goes without the secrets they refer to. */
final class TlsCompiler {
  private static final List<String> VERSIONS = List.of("TLSv1.2", TlsSpec.TLS_1_3);

  private TlsCompiler() {}

  static TlsSpec.Server server(DownstreamTlsContext message, FieldPath at) throws InvalidConfig {
    CommonTlsContext common = message.getCommonTlsContext();
    FieldPath commonAt = at.field("common_tls_context");
    List<CertificateRef> certificates = certificates(common, commonAt);
    if (certificates.isEmpty()) {
      throw commonAt.invalid("needs a certificate, inline or by SDS");
    }
    return new TlsSpec.Server(
        versions(common.getTlsParams(), commonAt.field("tls_params")),
        alpn(common, commonAt),
        certificates,
        clients(message, at));
  }

  /** TLS inside QUIC, which is of version 1.3 always; for HTTP/3. */
  static TlsSpec.Server quic(DownstreamTlsContext message, FieldPath at) throws InvalidConfig {
    CommonTlsContext common = message.getCommonTlsContext();
    FieldPath commonAt = at.field("common_tls_context");
    List<CertificateRef> certificates = certificates(common, commonAt);
    if (certificates.isEmpty()) {
      throw commonAt.invalid("needs a certificate, inline or by SDS");
    }
    if (clients(message, at) != null) {
      throw at.invalid("client certificates are not implemented over QUIC");
    }
    List<String> versions = versions(common.getTlsParams(), commonAt.field("tls_params"));
    if (!versions.contains(TlsSpec.TLS_1_3)) {
      throw commonAt.field("tls_params").invalid("QUIC needs TLS 1.3");
    }
    if (!common.getAlpnProtocolsList().stream().allMatch(TlsSpec.HTTP_3::equals)) {
      throw commonAt.field("alpn_protocols").invalid("only h3 is possible over QUIC");
    }
    return new TlsSpec.Server(
        List.of(TlsSpec.TLS_1_3), List.of(TlsSpec.HTTP_3), certificates, null);
  }

  private static TlsSpec.@Nullable Clients clients(DownstreamTlsContext message, FieldPath at)
      throws InvalidConfig {
    CommonTlsContext common = message.getCommonTlsContext();
    boolean required = message.getRequireClientCertificate().getValue();
    if (common.getValidationContextTypeCase()
        != ValidationContextTypeCase.VALIDATIONCONTEXTTYPE_NOT_SET) {
      return new TlsSpec.Clients(trust(common, at.field("common_tls_context")), required);
    }
    if (required) {
      throw at.field("require_client_certificate")
          .invalid("needs a validation context that says whose certificates are good");
    }
    return null;
  }

  /**
   * The gateway as client.
   *
   * @param defaultAlpn what to offer if the message does not say
   */
  static TlsSpec.Client client(UpstreamTlsContext message, List<String> defaultAlpn, FieldPath at)
      throws InvalidConfig {
    CommonTlsContext common = message.getCommonTlsContext();
    FieldPath commonAt = at.field("common_tls_context");
    List<CertificateRef> certificates = certificates(common, commonAt);
    if (certificates.size() > 1) {
      throw commonAt.invalid("more than one client certificate is not implemented");
    }
    List<String> alpn = alpn(common, commonAt);
    TrustRef trust = trust(common, commonAt);
    if (trust.inline() != null && trust.inline().acceptsUntrusted()) {
      throw commonAt.invalid("the proxy does not talk to servers it cannot verify");
    }
    return new TlsSpec.Client(
        versions(common.getTlsParams(), commonAt.field("tls_params")),
        alpn.isEmpty() ? defaultAlpn : alpn,
        certificates.isEmpty() ? null : certificates.getFirst(),
        trust,
        message.getSni());
  }

  private static List<CertificateRef> certificates(CommonTlsContext common, FieldPath at)
      throws InvalidConfig {
    List<CertificateRef> all = new ArrayList<>();
    for (int i = 0; i < common.getTlsCertificatesCount(); i++) {
      FieldPath path = at.field("tls_certificates").at(i);
      all.add(
          new CertificateRef.Inline(
              SecretCompiler.certificate(common.getTlsCertificates(i), path)));
    }
    for (int i = 0; i < common.getTlsCertificateSdsSecretConfigsCount(); i++) {
      FieldPath path = at.field("tls_certificate_sds_secret_configs").at(i);
      all.add(new CertificateRef.Named(secret(common.getTlsCertificateSdsSecretConfigs(i), path)));
    }
    return all;
  }

  private static TrustRef trust(CommonTlsContext common, FieldPath at) throws InvalidConfig {
    return switch (common.getValidationContextTypeCase()) {
      case VALIDATION_CONTEXT -> {
        FieldPath path = at.field("validation_context");
        Trust trust = SecretCompiler.trust(common.getValidationContext(), path);
        if (!trust.hasAuthorities()) {
          throw path.invalid("needs trusted_ca or system_root_certs");
        }
        yield new TrustRef(trust, null);
      }
      case VALIDATION_CONTEXT_SDS_SECRET_CONFIG ->
          new TrustRef(
              null,
              secret(
                  common.getValidationContextSdsSecretConfig(),
                  at.field("validation_context_sds_secret_config")));
      case COMBINED_VALIDATION_CONTEXT -> {
        CombinedCertificateValidationContext combined = common.getCombinedValidationContext();
        FieldPath path = at.field("combined_validation_context");
        yield new TrustRef(
            SecretCompiler.trust(
                combined.getDefaultValidationContext(), path.field("default_validation_context")),
            secret(
                combined.getValidationContextSdsSecretConfig(),
                path.field("validation_context_sds_secret_config")));
      }
      case VALIDATIONCONTEXTTYPE_NOT_SET ->
          throw at.invalid(
              "needs a validation context: the proxy does not talk to servers it cannot verify");
    };
  }

  private static String secret(SdsSecretConfig config, FieldPath at) throws InvalidConfig {
    if (config.getName().isEmpty()) {
      throw at.field("name").invalid("must not be empty");
    }
    return config.getName();
  }

  private static List<String> alpn(CommonTlsContext common, FieldPath at) throws InvalidConfig {
    for (int i = 0; i < common.getAlpnProtocolsCount(); i++) {
      String protocol = common.getAlpnProtocols(i);
      if (!protocol.equals("h2") && !protocol.equals("http/1.1")) {
        throw at.field("alpn_protocols")
            .at(i)
            .invalid("is \"" + protocol + "\"; only h2 and http/1.1 are implemented");
      }
    }
    return List.copyOf(common.getAlpnProtocolsList());
  }

  private static List<String> versions(TlsParameters params, FieldPath at) throws InvalidConfig {
    Integer least = version(params.getTlsMinimumProtocolVersion());
    Integer most = version(params.getTlsMaximumProtocolVersion());
    if (least == null) {
      throw at.field("tls_minimum_protocol_version").invalid("TLS before 1.2 is not offered");
    }
    if (most == null) {
      throw at.field("tls_maximum_protocol_version").invalid("TLS before 1.2 is not offered");
    }
    int from = least < 0 ? 0 : least;
    int to = most < 0 ? VERSIONS.size() - 1 : most;
    if (from > to) {
      throw at.invalid("the minimum version is above the maximum");
    }
    return VERSIONS.subList(from, to + 1);
  }

  /** Index in the list of versions, -1 for the default, or null for one that is not offered. */
  private static @Nullable Integer version(TlsProtocol protocol) {
    return switch (protocol) {
      case TLS_AUTO -> -1;
      case TLSv1_2 -> 0;
      case TLSv1_3 -> 1;
      case TLSv1_0, TLSv1_1, UNRECOGNIZED -> null;
    };
  }
}
