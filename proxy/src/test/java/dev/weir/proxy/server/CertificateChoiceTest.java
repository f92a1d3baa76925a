package dev.weir.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.xds.Verdict.Incomplete;
import dev.weir.proxy.compile.TestKey;
import dev.weir.proxy.plan.ListenerPlan;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which of several certificates a client is shown, as openssl sees it. */
@ExtendWith(NoLeaks.class)
class CertificateChoiceTest {
  private static final TestKey RSA = TestKey.selfSigned("RSA", "a.example");
  private static final TestKey EC = TestKey.selfSigned("EC", "a.example");

  private final TlsProxy proxy = new TlsProxy();

  @BeforeAll
  static void needsOpenSsl() {
    OpenSsl.assumeInstalled();
  }

  @AfterEach
  void stop() {
    proxy.close();
  }

  /** Runs with these certificates, and with references to secrets that are missing. */
  private void run(Map<String, TestKey> certificates, String... missing) throws Exception {
    StringBuilder refs = new StringBuilder();
    for (String name : certificates.keySet()) {
      refs.append("{name: ").append(name).append(", sds_config: {ads: {}}}, ");
    }
    for (String name : missing) {
      refs.append("{name: ").append(name).append(", sds_config: {ads: {}}}, ");
    }
    proxy.run(
        "common_tls_context: {tls_certificate_sds_secret_configs: [" + refs + "]}",
        certificates,
        Map.of());
  }

  private String shown(String... options) {
    return OpenSsl.connect(proxy.address(), options).certificate();
  }

  private static Map<String, TestKey> inOrder(TestKey... keys) {
    Map<String, TestKey> certificates = new LinkedHashMap<>();
    for (TestKey key : keys) {
      certificates.put("c" + certificates.size(), key);
    }
    return certificates;
  }

  @Test
  void choosesByServerName() throws Exception {
    TestKey other = TestKey.selfSigned("EC", "b.example", "c.example");
    TestKey wildcard = TestKey.selfSigned("EC", "*.wild.example");
    TestKey inside = TestKey.selfSigned("RSA", "in.wild.example");
    run(inOrder(RSA, other, wildcard, inside));

    assertThat(shown("-servername", "a.example")).isEqualTo(RSA.certificatePem());
    assertThat(shown("-servername", "B.Example")).isEqualTo(other.certificatePem());
    assertThat(shown("-servername", "c.example")).isEqualTo(other.certificatePem());
    assertThat(shown("-servername", "x.wild.example")).isEqualTo(wildcard.certificatePem());
    assertThat(shown("-servername", "in.wild.example")).isEqualTo(inside.certificatePem());
    // A wildcard stands for one label; and what nobody is for, the first gets.
    assertThat(shown("-servername", "x.y.wild.example")).isEqualTo(RSA.certificatePem());
    assertThat(shown("-servername", "unknown.example")).isEqualTo(RSA.certificatePem());
    assertThat(shown("-noservername")).isEqualTo(RSA.certificatePem());
  }

  @Test
  void choosesByWhatTheClientCanVerify() throws Exception {
    TestKey bigger = TestKey.selfSigned("P-384", "a.example");
    run(inOrder(RSA, EC, bigger));

    assertThat(shown("-servername", "a.example")).isEqualTo(EC.certificatePem());
    assertThat(shown("-tls1_2")).isEqualTo(EC.certificatePem());
    assertThat(shown("-tls1_3", "-sigalgs", "rsa_pss_rsae_sha256")).isEqualTo(RSA.certificatePem());
    assertThat(shown("-tls1_3", "-sigalgs", "ecdsa_secp384r1_sha384"))
        .isEqualTo(bigger.certificatePem());
    assertThat(shown("-tls1_2", "-sigalgs", "RSA+SHA256")).isEqualTo(RSA.certificatePem());
    assertThat(shown("-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256"))
        .isEqualTo(RSA.certificatePem());
    assertThat(shown("-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"))
        .isEqualTo(EC.certificatePem());
    OpenSsl.Result nothing = OpenSsl.connect(proxy.address(), "-tls1_3", "-sigalgs", "ed25519");
    assertThat(nothing.connected()).isFalse();
    assertThat(nothing.output()).contains("alert handshake failure");
  }

  @Test
  void doesNotShowTheCertificateOfAnotherNameToWhomCannotVerifyTheRightOne() throws Exception {
    TestKey other = TestKey.selfSigned("EC", "b.example");
    run(inOrder(RSA, other));

    OpenSsl.Result result =
        OpenSsl.connect(
            proxy.address(),
            "-servername",
            "b.example",
            "-tls1_3",
            "-sigalgs",
            "rsa_pss_rsae_sha256");
    assertThat(result.connected()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"RSA", "EC", "P-384", "Ed25519"})
  void servesKeysOfAllKinds(String algorithm) throws Exception {
    TestKey key = TestKey.selfSigned(algorithm, "a.example");
    run(inOrder(key));

    assertThat(shown("-tls1_3")).isEqualTo(key.certificatePem());
    assertThat(shown("-tls1_2")).isEqualTo(key.certificatePem());
  }

  @Test
  void resumesSessions(@TempDir Path directory) throws Exception {
    String session = directory.resolve("session").toString();
    run(inOrder(RSA, EC));

    for (String version : List.of("-tls1_2", "-tls1_3")) {
      // TLS 1.3 sends tickets after the handshake: there has to be an exchange.
      OpenSsl.talk(proxy.address(), TlsProxy.REQUEST, version, "-sess_out", session);
      assertThat(
              OpenSsl.talk(proxy.address(), TlsProxy.REQUEST, version, "-sess_in", session)
                  .output())
          .contains("Reused, TLSv1")
          .contains("\r\n\r\nhello");
    }
  }

  @Test
  void goesOnWithTheCertificatesThatAreThere() throws Exception {
    run(inOrder(EC), "gone");

    assertThat(shown()).isEqualTo(EC.certificatePem());
    assertThat(proxy.verdict())
        .isInstanceOfSatisfying(
            Incomplete.class,
            incomplete -> assertThat(incomplete.message()).contains("Secret \"gone\""));
  }

  @Test
  void showsANewCertificateWithoutCuttingConnections() throws Exception {
    TestKey next = TestKey.selfSigned("EC", "a.example");
    run(inOrder(EC));
    try (Peer client = Peer.connect(proxy.address(), EC.trusted(null))) {
      String request = "GET / HTTP/1.1|Host: a.example||";
      assertThat(client.send(request).readMessage()).endsWith("hello");
      ListenerPlan before = proxy.plan();
      run(inOrder(EC));
      assertThat(proxy.plan()).isSameAs(before);

      run(inOrder(next));

      assertThat(shown()).isEqualTo(next.certificatePem());
      assertThat(client.send(request).readMessage()).endsWith("hello");
    }
  }
}
