package dev.weir.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.core.xds.Verdict.Accepted;
import dev.weir.core.xds.Verdict.Incomplete;
import dev.weir.core.xds.Verdict.Rejected;
import dev.weir.proxy.compile.TestKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.bouncycastle.asn1.x509.GeneralName;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Certificates that clients show or do not show, with openssl as the client. */
@ExtendWith(NoLeaks.class)
class ClientCertificatesTest {
  private static final TestKey SERVER = TestKey.selfSigned("EC", "a.example");
  private static final TestKey AUTHORITY = TestKey.authority("us");
  private static final TestKey CLIENT = AUTHORITY.sign(TestKey.dns("client.example"));
  private static final TestKey STRANGER =
      TestKey.authority("them").sign(TestKey.dns("client.example"));

  private final TlsProxy proxy = new TlsProxy();

  @TempDir private Path directory;

  @BeforeAll
  static void needsOpenSsl() {
    OpenSsl.assumeInstalled();
  }

  @AfterEach
  void stop() {
    proxy.close();
  }

  private static String context(boolean required, String validation) {
    return """
    require_client_certificate: %s, common_tls_context: {tls_certificate_sds_secret_configs: [{name: server, sds_config: {ads: {}}}], combined_validation_context: {default_validation_context: {%s}, validation_context_sds_secret_config: {name: ca, sds_config: {ads: {}}}}}\
    """
        .formatted(required, validation);
  }

  private void run(boolean required, String validation, TestKey authority) throws Exception {
    proxy.run(context(required, validation), Map.of("server", SERVER), Map.of("ca", authority));
  }

  private OpenSsl.Result ask(@Nullable TestKey client, String... options) throws IOException {
    List<String> all = new ArrayList<>(List.of(options));
    if (client != null) {
      Path certificate = directory.resolve("client.crt");
      Path key = directory.resolve("client.key");
      Files.writeString(certificate, client.certificatePem());
      Files.writeString(key, client.keyPem());
      all.addAll(List.of("-cert", certificate.toString(), "-key", key.toString()));
    }
    return OpenSsl.talk(proxy.address(), TlsProxy.REQUEST, all.toArray(new String[0]));
  }

  private void assertServed(@Nullable TestKey client, String... options) throws IOException {
    assertThat(ask(client, options).output()).contains("\r\n\r\nhello");
  }

  private void assertRefused(String alert, @Nullable TestKey client, String... options)
      throws IOException {
    assertThat(ask(client, options).output()).contains(alert).doesNotContain("hello");
  }

  @ParameterizedTest
  @ValueSource(strings = {"-tls1_2", "-tls1_3"})
  void acceptsOnlyTheCertificatesOfTheAuthority(String version) throws Exception {
    run(true, "", AUTHORITY);

    assertThat(proxy.verdict()).isInstanceOf(Accepted.class);
    assertServed(CLIENT, version);
    assertServed(AUTHORITY.sign("RSA", TestKey.dns("x")), version);
    assertThat(ask(CLIENT, version).output())
        .contains("Acceptable client certificate CA names", "CN = us");
    assertRefused(
        version.equals("-tls1_2") ? "alert handshake failure" : "alert certificate required",
        null,
        version);
    assertRefused("alert unknown ca", STRANGER, version);
    assertRefused("alert unknown ca", TestKey.selfSigned("EC", "client.example"), version);
    assertRefused("alert certificate expired", AUTHORITY.signExpired(TestKey.dns("x")), version);
    // Of an authority that only bears the same name.
    assertRefused("alert bad certificate", TestKey.authority("us").sign(TestKey.dns("x")), version);
  }

  @Test
  void letsEverybodyInWhereUntrustedClientsAreAccepted() throws Exception {
    run(false, "trust_chain_verification: ACCEPT_UNTRUSTED", AUTHORITY);

    for (String version : List.of("-tls1_2", "-tls1_3")) {
      assertServed(CLIENT, version);
      assertServed(STRANGER, version);
      assertServed(AUTHORITY.signExpired(TestKey.dns("x")), version);
      assertServed(null, version);
      assertThat(ask(null, version).output())
          .contains("Acceptable client certificate CA names", "CN = us");
    }
  }

  @Test
  void refusesBadCertificatesWhereNoneIsRequired() throws Exception {
    run(false, "", AUTHORITY);

    assertServed(null);
    assertServed(CLIENT);
    assertRefused("alert unknown ca", STRANGER);
  }

  @Test
  void demandsNames() throws Exception {
    run(
        true,
        "match_typed_subject_alt_names: [{san_type: URI, matcher: {exact: 'spiffe://us/client'}}]",
        AUTHORITY);

    assertServed(
        AUTHORITY.sign(
            new GeneralName(GeneralName.uniformResourceIdentifier, "spiffe://us/client")));
    assertRefused("alert bad certificate", CLIENT);
  }

  @Test
  void resumesSessionsUntilTheAuthorityChanges() throws Exception {
    String session = directory.resolve("session").toString();
    run(true, "", AUTHORITY);
    assertServed(CLIENT, "-sess_out", session);
    assertThat(ask(CLIENT, "-sess_in", session).output()).contains("Reused, ").contains("hello");

    run(true, "", TestKey.authority("us"));

    assertThat(ask(CLIENT, "-sess_in", session).output())
        .doesNotContain("Reused, ")
        .doesNotContain("hello");
  }

  @Test
  void endsThemAlsoWhileTheProxyStops() throws Exception {
    run(false, "trust_chain_verification: ACCEPT_UNTRUSTED", AUTHORITY);
    String request = "GET / HTTP/1.1|Host: a.example||";
    try (Peer client = Peer.connect(proxy.address(), SERVER.trusted(null))) {
      assertThat(client.send(request).readMessage()).endsWith("hello");
      var drained = proxy.drain().toCompletableFuture();

      run(true, "", AUTHORITY);

      assertThatThrownBy(() -> client.send(request).readMessage()).isInstanceOf(IOException.class);
      drained.get(10, TimeUnit.SECONDS);
    }
  }

  @Test
  void endsConnectionsWhoseClientsWouldHaveToProveSomethingElse() throws Exception {
    run(false, "trust_chain_verification: ACCEPT_UNTRUSTED", AUTHORITY);
    String request = "GET / HTTP/1.1|Host: a.example||";
    try (Peer client = Peer.connect(proxy.address(), SERVER.trusted(null))) {
      assertThat(client.send(request).readMessage()).endsWith("hello");
      run(false, "trust_chain_verification: ACCEPT_UNTRUSTED", AUTHORITY);
      assertThat(client.send(request).readMessage()).endsWith("hello");

      run(true, "", AUTHORITY);

      assertThatThrownBy(() -> client.send(request).readMessage()).isInstanceOf(IOException.class);
    }
  }

  @Test
  void refusesHandshakesWhileTheAuthorityIsMissing() throws Exception {
    proxy.run(context(true, ""), Map.of("server", SERVER), Map.of());

    assertThat(proxy.verdict())
        .isInstanceOfSatisfying(
            Incomplete.class,
            incomplete -> assertThat(incomplete.message()).contains("needs the Secret \"ca\""));
    assertRefused("alert handshake failure", CLIENT);
  }

  @Test
  void rejectsADemandThatNobodyCouldVerify() throws Exception {
    proxy.run(
        "require_client_certificate: true, common_tls_context: {tls_certificate_sds_secret_configs: [{name: server, sds_config: {ads: {}}}]}",
        Map.of("server", SERVER),
        Map.of());

    assertThat(proxy.verdict())
        .isInstanceOfSatisfying(
            Rejected.class,
            rejected ->
                assertThat(rejected.message())
                    .contains("require_client_certificate: needs a validation context"));
  }
}
