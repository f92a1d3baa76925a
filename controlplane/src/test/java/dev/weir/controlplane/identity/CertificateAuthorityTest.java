package dev.weir.controlplane.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class CertificateAuthorityTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  private final CertificateAuthority authority =
      CertificateAuthority.create(InstantSource.fixed(NOW));

  private static @Nullable String refusal(String certificate, String key, Instant now) {
    return catchThrowableOfType(
            InvalidMaterial.class,
            () -> CertificateAuthority.load(certificate, key, InstantSource.fixed(now)))
        .getMessage();
  }

  @Test
  void isKeptAsTextForTenYears() throws Exception {
    CertificateAuthority again =
        CertificateAuthority.load(
            authority.certificatePem(), authority.keyPem(), InstantSource.fixed(NOW));

    assertThat(again.certificate()).isEqualTo(authority.certificate());
    assertThat(again.keyPem()).isEqualTo(authority.keyPem());
    assertThat(authority.certificate().getNotAfter().toInstant())
        .isEqualTo(NOW.plus(Duration.ofDays(3650)));
    assertThat(authority.certificate().getBasicConstraints()).isZero();
    authority.certificate().verify(authority.certificate().getPublicKey());
  }

  @Test
  void isNotMadeOfWhatCannotSign() {
    CertificateAuthority other = CertificateAuthority.create(InstantSource.fixed(NOW));
    Credential server = authority.server(List.of("localhost"), Duration.ofHours(1));

    assertThat(refusal("", authority.keyPem(), NOW))
        .isEqualTo("the certificate has no PEM block CERTIFICATE");
    assertThat(refusal(authority.certificatePem(), "", NOW))
        .isEqualTo("the key of the certificate has no PEM block PRIVATE KEY that is not encrypted");
    assertThat(refusal(authority.certificatePem(), other.keyPem(), NOW))
        .isEqualTo("the key does not belong to the certificate");
    assertThat(refusal(PemText.of(server.certificate()), PemText.of(server.key()), NOW))
        .isEqualTo("the certificate is not that of an authority");
    assertThat(
            refusal(
                authority.certificatePem(), authority.keyPem(), NOW.plus(Duration.ofDays(3651))))
        .startsWith("the authority's certificate ran out at 2035-12-30");
  }

  @Test
  void namesTheControllerByNamesAndAddresses() throws Exception {
    Credential server =
        authority.server(
            List.of("weir.weir-system.svc", "10.0.0.1", "fd00::1"), Duration.ofDays(1));

    assertThat(server.certificate().getSubjectAlternativeNames())
        .containsExactly(
            List.of(2, "weir.weir-system.svc"),
            List.of(7, "10.0.0.1"),
            List.of(7, "fd00:0:0:0:0:0:0:1"));
    assertThat(server.certificate().getExtendedKeyUsage()).containsExactly("1.3.6.1.5.5.7.3.1");
    server.certificate().verify(authority.certificate().getPublicKey());
  }

  @Test
  void nothingThatItSignsOutlivesIt() {
    Credential server = authority.server(List.of("localhost"), Duration.ofDays(10_000));

    assertThat(server.certificate().getNotAfter()).isEqualTo(authority.certificate().getNotAfter());
  }
}
