package dev.weir.controlplane.translate;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.weir.controlplane.topology.BackendTls;
import dev.weir.controlplane.topology.CaBundle;
import dev.weir.controlplane.topology.KeyPair;
import dev.weir.controlplane.topology.ListenerRef;
import dev.weir.controlplane.topology.ResolvedBackend.AppProtocol;
import dev.weir.controlplane.topology.TlsTermination;
import dev.weir.controlplane.topology.TlsTermination.ClientValidation;
import dev.weir.core.api.Bytes;
import dev.weir.core.api.gateway.BackendTlsPolicy.SubjectAltName;
import dev.weir.core.api.gateway.GatewayTls;
import dev.weir.core.problem.ObjectRef;
import dev.weir.core.xds.XdsSnapshot;
import dev.weir.envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext.TrustChainVerification;
import dev.weir.envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext;
import dev.weir.envoy.extensions.transport_sockets.tls.v3.SdsSecretConfig;
import dev.weir.envoy.extensions.transport_sockets.tls.v3.SubjectAltNameMatcher.SanType;
import dev.weir.envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TlsTranslatorTest {
  private static final KeyPair PAIR =
      new KeyPair(new ObjectRef("", "Secret", "infra", "web"), bytes("chain"), bytes("key"));
  private static final CaBundle ONE =
      new CaBundle(new ObjectRef("", "ConfigMap", "infra", "one"), bytes("ca one"));
  private static final CaBundle TWO =
      new CaBundle(new ObjectRef("", "ConfigMap", "infra", "two"), bytes("ca two"));
  private static final ObjectRef POLICY =
      new ObjectRef("gateway.networking.k8s.io", "BackendTLSPolicy", "apps", "web");
  private static final ListenerRef LISTENER =
      new ListenerRef(
          new ObjectRef("gateway.networking.k8s.io", "Gateway", "infra", "public"), "https");

  private final SecretTranslator secrets = new SecretTranslator();

  @Test
  void aBackendIsKnownByServerNameUnlessOtherNamesAreGiven() throws Exception {
    UpstreamTlsContext byServerName =
        upstream(new BackendTls(POLICY, "web.example", List.of(), List.of()), AppProtocol.HTTP1);
    UpstreamTlsContext byNames =
        upstream(
            new BackendTls(
                POLICY,
                "web.example",
                List.of(new SubjectAltName.Dns("a.example"), new SubjectAltName.Uri("spiffe://b")),
                List.of()),
            AppProtocol.HTTP2);

    assertThat(byServerName.getSni()).isEqualTo("web.example");
    assertThat(byServerName.getCommonTlsContext().getAlpnProtocolsList())
        .containsExactly("http/1.1");
    var validation = byServerName.getCommonTlsContext().getValidationContext();
    assertThat(validation.hasSystemRootCerts()).isTrue();
    assertThat(validation.getMatchTypedSubjectAltNamesList())
        .extracting(name -> name.getMatcher().getExact())
        .containsExactly("web.example");
    assertThat(byNames.getCommonTlsContext().getAlpnProtocolsList()).containsExactly("h2");
    assertThat(
            byNames.getCommonTlsContext().getValidationContext().getMatchTypedSubjectAltNamesList())
        .extracting(name -> name.getSanType() + " " + name.getMatcher().getExact())
        .containsExactly(SanType.DNS + " a.example", SanType.URI + " spiffe://b");
  }

  @Test
  void severalAuthoritiesAreOneSecret() throws Exception {
    UpstreamTlsContext context =
        upstream(
            new BackendTls(POLICY, "web.example", List.of(), List.of(ONE, TWO)), AppProtocol.HTTP1);

    var combined = context.getCommonTlsContext().getCombinedValidationContext();
    assertThat(combined.getValidationContextSdsSecretConfig().getName())
        .isEqualTo("BackendTLSPolicy/apps/web/authorities");
    assertThat(combined.getDefaultValidationContext().hasSystemRootCerts()).isFalse();
    assertThat(secret("BackendTLSPolicy/apps/web/authorities").getValidationContext())
        .extracting(validation -> validation.getTrustedCa().getInlineString())
        .isEqualTo("ca one\nca two\n");
  }

  @Test
  void clientsWithoutCertificateAreRefusedUnlessTheFallbackIsAskedFor() throws Exception {
    DownstreamTlsContext strict = downstream(GatewayTls.Mode.ALLOW_VALID_ONLY);
    DownstreamTlsContext lax = downstream(GatewayTls.Mode.ALLOW_INSECURE_FALLBACK);

    assertThat(strict.getRequireClientCertificate().getValue()).isTrue();
    assertThat(verification(strict)).isEqualTo(TrustChainVerification.VERIFY_TRUST_CHAIN);
    assertThat(lax.hasRequireClientCertificate()).isFalse();
    assertThat(verification(lax)).isEqualTo(TrustChainVerification.ACCEPT_UNTRUSTED);
  }

  @Test
  void aSecretThatSeveralUseIsSentOnce() throws Exception {
    DownstreamTlsContext context =
        new DownstreamTlsTranslator(secrets)
            .translate(LISTENER, new TlsTermination(List.of(PAIR, PAIR), null), List.of())
            .getTypedConfig()
            .unpack(DownstreamTlsContext.class);

    assertThat(context.getCommonTlsContext().getTlsCertificateSdsSecretConfigsList())
        .extracting(SdsSecretConfig::getName)
        .containsExactly("Secret/infra/web", "Secret/infra/web");
    assertThat(context.getCommonTlsContext().hasCombinedValidationContext()).isFalse();
    assertThat(secrets.secrets()).containsOnlyKeys("Secret/infra/web");
  }

  @Test
  void yamlHidesPrivateKeysOnly() {
    secrets.certificate(PAIR);

    String yaml =
        new XdsYaml(List.of())
            .print(new XdsSnapshot(Map.of(), Map.of(), Map.of(), Map.of(), secrets.secrets()));

    assertThat(yaml)
        .isEqualTo(
            """
            secrets:
            - name: Secret/infra/web
              tls_certificate:
                certificate_chain:
                  inline_string: chain
                private_key:
                  inline_string: '[redacted]'
            """);
  }

  private UpstreamTlsContext upstream(BackendTls tls, AppProtocol protocol)
      throws InvalidProtocolBufferException {
    return new UpstreamTlsTranslator(secrets)
        .translate(tls, protocol, null)
        .getTypedConfig()
        .unpack(UpstreamTlsContext.class);
  }

  private DownstreamTlsContext downstream(GatewayTls.Mode mode)
      throws InvalidProtocolBufferException {
    return new DownstreamTlsTranslator(secrets)
        .translate(
            LISTENER,
            new TlsTermination(List.of(PAIR), new ClientValidation(List.of(ONE), mode)),
            List.of())
        .getTypedConfig()
        .unpack(DownstreamTlsContext.class);
  }

  private static TrustChainVerification verification(DownstreamTlsContext context) {
    return context
        .getCommonTlsContext()
        .getCombinedValidationContext()
        .getDefaultValidationContext()
        .getTrustChainVerification();
  }

  private dev.weir.envoy.extensions.transport_sockets.tls.v3.Secret secret(String name) {
    return java.util.Objects.requireNonNull(secrets.secrets().get(name)).message();
  }

  private static Bytes bytes(String text) {
    return Bytes.of(text.getBytes(StandardCharsets.UTF_8));
  }
}
