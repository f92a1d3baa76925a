package dev.weir.proxy.compile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.core.filter.InvalidConfig;
import dev.weir.core.xds.ResourceKey;
import dev.weir.core.xds.ResourceType;
import dev.weir.core.xds.Verdict;
import dev.weir.core.xds.Verdict.Accepted;
import dev.weir.core.xds.Verdict.Incomplete;
import dev.weir.core.xds.Verdict.Rejected;
import dev.weir.envoy.config.core.v3.DataSource;
import dev.weir.envoy.extensions.transport_sockets.tls.v3.TlsCertificate;
import dev.weir.proxy.compile.SecretValue.Certificate;
import dev.weir.proxy.plan.ChainPlan;
import dev.weir.proxy.plan.ChainTable;
import dev.weir.proxy.plan.DownstreamTls;
import dev.weir.proxy.plan.UpstreamTls;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import javax.net.ssl.SSLException;
import org.bouncycastle.asn1.x509.GeneralName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** TLS as compiled, proved by handshakes over loopback. */
class TlsTest {
  private Compiled compiled = Compiled.NOTHING;

  private Verdict compile(ResourceType type, String name, String yaml) {
    compiled = new Compiler(List.of()).compile(XdsText.snapshot(yaml), compiled);
    return Objects.requireNonNull(compiled.verdicts().get(new ResourceKey(type, name)));
  }

  // --- downstream ------------------------------------------------------------------------------

  private static String chain(String names, String secret, String more) {
    return """
        - name: %2$s
          filter_chain_match: {server_names: %1$s}
          transport_socket:
            name: tls
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext
              common_tls_context:
                tls_certificate_sds_secret_configs: [{name: %2$s, sds_config: {ads: {}}}]
                %3$s
          filters:
          - name: http
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
              use_remote_address: true
              route_config: {}
              http_filters: [%4$s]
    """
        .formatted(names, secret, more, CompilerTest.ROUTER);
  }

  private static String listener(String chains) {
    return """
    listeners:
    - name: l
      address: {socket_address: {address: 127.0.0.1, port_value: 443}}
      listener_filters:
      - {name: tls, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector}}
      filter_chains:
    """
        + chains
        + "secrets:\n";
  }

  private static String secret(String name, TestKey key) {
    return "- {name: " + name + ", tls_certificate: " + key.yaml() + "}\n";
  }

  private ChainTable chains() {
    return CompilerTest.tcp(compiled).chains();
  }

  private SslContext server(String serverName) {
    ChainPlan chain = Objects.requireNonNull(chains().find(serverName));
    return Objects.requireNonNull(chain.tls()).context(serverName);
  }

  private static SslContext client(List<String> alpn, String... versions) throws SSLException {
    return SslContextBuilder.forClient()
        .sslProvider(SslProvider.JDK)
        .trustManager(InsecureTrustManagerFactory.INSTANCE)
        .endpointIdentificationAlgorithm("")
        .protocols(versions)
        .applicationProtocolConfig(
            alpn.isEmpty()
                ? ApplicationProtocolConfig.DISABLED
                : new ApplicationProtocolConfig(
                    Protocol.ALPN,
                    SelectorFailureBehavior.NO_ADVERTISE,
                    SelectedListenerFailureBehavior.ACCEPT,
                    alpn))
        .build();
  }

  /** What is not computed when a key is read, BoringSSL does. */
  @Test
  void keyThatIsNotWhatItSaysServesNobody() {
    assertThat(OpenSsl.isAvailable()).isTrue();
    TestKey key = TestKey.selfSigned("EC", "a");
    Verdict verdict =
        compile(
            ResourceType.LISTENER,
            "l",
            listener(chain("[a]", "forged", ""))
                + "- {name: forged, tls_certificate: "
                + key.yaml(key.forgedKeyPem())
                + "}\n");

    assertThat(verdict)
        .isInstanceOfSatisfying(
            Incomplete.class,
            incomplete ->
                assertThat(incomplete.message())
                    .contains("TLS cannot be set up: BoringSSL cannot use a certificate"));
    assertThatThrownBy(() -> Handshake.between(server("a"), client(List.of(), "TLSv1.3"), ""))
        .isInstanceOf(ExecutionException.class);
  }

  @Test
  void serversAreChosenByName() throws Exception {
    TestKey exact = TestKey.selfSigned("EC", "www.example.com");
    TestKey wildcard = TestKey.selfSigned("RSA", "*.example.com");
    TestKey other = TestKey.selfSigned("EC", "other");
    Verdict verdict =
        compile(
            ResourceType.LISTENER,
            "l",
            listener(
                    chain("[WWW.example.com]", "exact", "")
                        + chain("['*.example.com']", "wildcard", "")
                        + chain("[]", "other", ""))
                + secret("exact", exact)
                + secret("wildcard", wildcard)
                + secret("other", other));

    assertThat(verdict).isInstanceOf(Accepted.class);
    assertThat(chains().secure()).isTrue();
    SslContext client = client(List.of(), "TLSv1.3", "TLSv1.2");
    assertThat(Handshake.between(server("www.example.com"), client, "").certificate())
        .isEqualTo(exact.certificate());
    assertThat(Handshake.between(server("a.b.example.com"), client, "").certificate())
        .isEqualTo(wildcard.certificate());
    assertThat(Handshake.between(server("example.com"), client, "").certificate())
        .isEqualTo(other.certificate());
    assertThat(Objects.requireNonNull(chains().find(null)).name()).isEqualTo("other");
  }

  @Test
  void agreesOnVersionAndProtocol() throws Exception {
    compile(
        ResourceType.LISTENER,
        "l",
        listener(
                chain("[a]", "a", "alpn_protocols: [h2, http/1.1]")
                    + chain("[b]", "b", "tls_params: {tls_minimum_protocol_version: TLSv1_3}"))
            + secret("a", TestKey.selfSigned("EC", "a"))
            + secret("b", TestKey.selfSigned("EC", "b")));

    assertThat(OpenSsl.isAvailable()).isTrue();
    Handshake newest =
        Handshake.between(server("a"), client(List.of("http/1.1", "h2"), "TLSv1.3"), "");
    assertThat(newest.version()).isEqualTo("TLSv1.3");
    assertThat(newest.protocol()).isEqualTo("h2");
    Handshake older = Handshake.between(server("a"), client(List.of("http/1.1"), "TLSv1.2"), "");
    assertThat(older.version()).isEqualTo("TLSv1.2");
    assertThat(older.protocol()).isEqualTo("http/1.1");
    assertThat(Handshake.between(server("a"), client(List.of("x"), "TLSv1.3"), "").protocol())
        .isNull();
    assertThatThrownBy(() -> Handshake.between(server("b"), client(List.of(), "TLSv1.2"), ""))
        .isInstanceOf(ExecutionException.class);
  }

  @Test
  void refusesHandshakesWithoutCertificate() throws Exception {
    Verdict verdict =
        compile(
            ResourceType.LISTENER,
            "l",
            listener(chain("[a.example]", "missing", "") + chain("['*.example']", "b", ""))
                + secret("b", TestKey.selfSigned("EC", "b")));

    assertThat(verdict)
        .isInstanceOfSatisfying(
            Incomplete.class,
            incomplete ->
                assertThat(incomplete.message())
                    .isEqualTo("Listener \"l\": needs the Secret \"missing\", which is not there"));
    SslContext client = client(List.of(), "TLSv1.3", "TLSv1.2");
    assertThatThrownBy(() -> Handshake.between(server("a.example"), client, ""))
        .isInstanceOf(ExecutionException.class)
        .hasMessageContaining("handshake_failure");
    assertThat(Handshake.between(server("b.example"), client, "").version()).isEqualTo("TLSv1.3");
  }

  @Test
  void issuesTickets() throws Exception {
    compile(
        ResourceType.LISTENER,
        "l",
        listener(chain("[a]", "a", "")) + secret("a", TestKey.selfSigned("EC", "a")));

    // With TLS 1.2 they can be seen on the wire.
    assertThat(Handshake.between(server("a"), client(List.of(), "TLSv1.2"), "").ticket()).isTrue();
  }

  @ParameterizedTest
  @EnumSource(TlsLibrary.class)
  void bothLibrariesHaveSeveralCertificates(TlsLibrary library) throws Exception {
    TestKey rsa = TestKey.selfSigned("RSA", "a.example");
    TestKey ec = TestKey.selfSigned("EC", "a.example");
    TestKey other = TestKey.selfSigned("EC", "other.example");
    TlsSpec.Server spec =
        new TlsSpec.Server(List.of("TLSv1.2", "TLSv1.3"), List.of("h2"), List.of(), null);
    DownstreamTls tls =
        new TlsContexts(library, Map.of())
            .server(spec, List.of(held(rsa), held(ec), held(other)), null);

    assertThat(
            Handshake.between(tls.context("other.example"), client(List.of(), "TLSv1.3"), "")
                .certificate())
        .isEqualTo(other.certificate());
    SslContext able = client(List.of("h2"), "TLSv1.3");
    Handshake best = Handshake.between(tls.context("a.example"), able, "");
    assertThat(best.certificate()).isIn(rsa.certificate(), ec.certificate());
    assertThat(best.protocol()).isEqualTo("h2");
    SslContext rsaOnly =
        SslContextBuilder.forClient()
            .sslProvider(SslProvider.JDK)
            .trustManager(InsecureTrustManagerFactory.INSTANCE)
            .endpointIdentificationAlgorithm("")
            .protocols("TLSv1.2")
            .ciphers(List.of("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"))
            .build();
    assertThat(Handshake.between(tls.context("a.example"), rsaOnly, "").certificate())
        .isEqualTo(rsa.certificate());
  }

  private static Certificate held(TestKey key) throws InvalidConfig {
    return SecretCompiler.certificate(
        TlsCertificate.newBuilder()
            .setCertificateChain(DataSource.newBuilder().setInlineString(key.certificatePem()))
            .setPrivateKey(DataSource.newBuilder().setInlineString(key.keyPem()))
            .build(),
        FieldPath.ROOT);
  }

  @ParameterizedTest
  @ValueSource(strings = {"RSA", "EC", "Ed25519"})
  void readsKeysOfAllForms(String algorithm) {
    TestKey key = TestKey.selfSigned(algorithm, "a");
    String yaml = "secrets: [{name: s, tls_certificate: " + key.yaml() + "}]";

    assertThat(compile(ResourceType.SECRET, "s", yaml)).isInstanceOf(Accepted.class);
    if (!algorithm.equals("Ed25519")) {
      String traditional =
          yaml.replace(
              XdsText.quoted(key.keyPem()),
              XdsText.quoted("a comment\n" + key.traditionalKeyPem()));
      assertThat(traditional).contains("BEGIN " + algorithm + " PRIVATE KEY");
      assertThat(compile(ResourceType.SECRET, "s", traditional)).isInstanceOf(Accepted.class);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          alpn_protocols: [h3] | alpn_protocols[0]: is "h3"
          tls_params: {tls_minimum_protocol_version: TLSv1_1} | tls_minimum_protocol_version: TLS before 1.2
          tls_params: {tls_maximum_protocol_version: TLSv1_0} | tls_maximum_protocol_version: TLS before 1.2
          tls_params: {tls_minimum_protocol_version: TLSv1_3, tls_maximum_protocol_version: TLSv1_2} | the minimum version is above
          tls_params: {cipher_suites: [x]} | cipher_suites: is set, but
          validation_context: {} | validation_context: needs trusted_ca
          validation_context_sds_secret_config: {} | validation_context_sds_secret_config.name: must not be empty
          tls_certificates: [{}] | certificate_chain: needs inline_bytes or inline_string
          """)
  void refusesServers(String more, String expected) {
    Verdict verdict = compile(ResourceType.LISTENER, "l", listener(chain("[a]", "a", more)));

    assertThat(verdict)
        .isInstanceOfSatisfying(
            Rejected.class, rejected -> assertThat(rejected.message()).contains(expected));
  }

  // --- upstream --------------------------------------------------------------------------------

  private static final TestKey AUTHORITY = TestKey.authority("ca");

  private static String cluster(String tls) {
    return """
    clusters:
    - name: c
      transport_socket:
        name: tls
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
          sni: backend.example
          common_tls_context:
            alpn_protocols: [http/1.1]
    """
        + tls.indent(8)
        + "secrets:\n- name: ca\n  validation_context: {trusted_ca: {inline_string: "
        + XdsText.quoted(AUTHORITY.certificatePem())
        + "}}\n";
  }

  private static String names(String matchers) {
    return """
    combined_validation_context:
      default_validation_context: {match_typed_subject_alt_names: %s}
      validation_context_sds_secret_config: {name: ca, sds_config: {ads: {}}}
    """
        .formatted(matchers);
  }

  private UpstreamTls upstream() {
    return Objects.requireNonNull(
        Objects.requireNonNull(compiled.plan().clusters().get("c")).tls());
  }

  private static SslContext backend(TestKey key) throws SSLException {
    return SslContextBuilder.forServer(key.key(), key.certificate())
        .sslProvider(SslProvider.JDK)
        .applicationProtocolConfig(
            new ApplicationProtocolConfig(
                Protocol.ALPN,
                SelectorFailureBehavior.NO_ADVERTISE,
                SelectedListenerFailureBehavior.ACCEPT,
                "http/1.1"))
        .build();
  }

  private void connect(TestKey backend) throws Exception {
    Handshake handshake =
        Handshake.between(backend(backend), upstream().context(), upstream().serverName());
    assertThat(handshake.certificate()).isEqualTo(backend.certificate());
    assertThat(handshake.protocol()).isEqualTo("http/1.1");
  }

  @Test
  void verifiesNames() throws Exception {
    Verdict verdict =
        compile(
            ResourceType.CLUSTER,
            "c",
            cluster(
                names(
                    "[{san_type: DNS, matcher: {exact: a.Example}}, {san_type: URI, matcher: {prefix: 'spiffe://x/'}}]")));

    assertThat(verdict).isInstanceOf(Accepted.class);
    assertThat(upstream().serverName()).isEqualTo("backend.example");
    connect(AUTHORITY.sign(TestKey.dns("other", "A.example")));
    connect(AUTHORITY.sign(TestKey.dns("*.example")));
    connect(
        AUTHORITY.sign(
            new GeneralName(GeneralName.uniformResourceIdentifier, "spiffe://x/workload")));
    for (TestKey wrong :
        List.of(
            AUTHORITY.sign(TestKey.dns("b.example", "*.a.example", "backend.example")),
            AUTHORITY.sign(new GeneralName(GeneralName.uniformResourceIdentifier, "spiffe://y/")),
            AUTHORITY.sign(),
            TestKey.selfSigned("EC", "a.example"),
            TestKey.authority("ca").sign(TestKey.dns("a.example")))) {
      assertThatThrownBy(() -> connect(wrong)).isInstanceOf(ExecutionException.class);
    }
  }

  /** What is not HTTP has no name in ALPN. */
  @Test
  void offersNoProtocolUnlessItIsTold() throws Exception {
    String told =
        cluster("validation_context_sds_secret_config: {name: ca, sds_config: {ads: {}}}");
    Verdict verdict =
        compile(
            ResourceType.CLUSTER,
            "c",
            told.replace("alpn_protocols: [http/1.1]", "tls_params: {}"));

    assertThat(verdict).isInstanceOf(Accepted.class);
    TestKey key = AUTHORITY.sign(TestKey.dns("a"));
    assertThat(
            Handshake.between(backend(key), upstream().context(), upstream().serverName())
                .protocol())
        .isNull();
  }

  @Test
  void trustsTheAuthorityAloneWithoutNames() throws Exception {
    compile(
        ResourceType.CLUSTER,
        "c",
        cluster("validation_context_sds_secret_config: {name: ca, sds_config: {ads: {}}}"));

    connect(AUTHORITY.sign(TestKey.dns("whatever")));
    TestKey stranger = TestKey.selfSigned("EC", "backend.example");
    assertThatThrownBy(() -> connect(stranger)).isInstanceOf(ExecutionException.class);
  }

  @Test
  void trustsTheSystemsAuthorities() {
    Verdict verdict =
        compile(ResourceType.CLUSTER, "c", cluster("validation_context: {system_root_certs: {}}"));

    assertThat(verdict).isInstanceOf(Accepted.class);
    TestKey stranger = TestKey.selfSigned("EC", "backend.example");
    assertThatThrownBy(() -> connect(stranger)).isInstanceOf(ExecutionException.class);
  }

  @Test
  void doesNotConnectWithoutTrust() {
    Verdict missing =
        compile(
            ResourceType.CLUSTER,
            "c",
            cluster(names("[]")).replace("name: ca, sds", "name: x, sds"));

    assertThat(missing)
        .isInstanceOfSatisfying(
            Incomplete.class,
            incomplete ->
                assertThat(incomplete.message())
                    .isEqualTo("Cluster \"c\": needs the Secret \"x\", which is not there"));
    assertThat(compiled.plan().clusters()).isEmpty();

    Verdict wrongKind =
        compile(
            ResourceType.CLUSTER,
            "c",
            cluster(names("[]"))
                .replace("secrets:", "secrets:\n" + secret("x", AUTHORITY))
                .replace("name: ca, sds", "name: x, sds"));
    assertThat(wrongKind)
        .isInstanceOfSatisfying(
            Incomplete.class,
            incomplete ->
                assertThat(incomplete.message())
                    .contains("the secret \"x\" has no validation_context"));
    assertThat(compiled.plan().clusters()).isEmpty();
  }
}
