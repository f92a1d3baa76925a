package dev.weir.controlplane.resolve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.api.Bytes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CredentialsTest {
  private static final Path FOLDER = Path.of("src/test/resources/credentials");

  @ParameterizedTest
  @CsvSource({
    "ec.crt, ec-pkcs8.key",
    "ec.crt, ec-sec1.key",
    "rsa.crt, rsa-pkcs8.key",
    "rsa.crt, rsa-pkcs1.key",
    "ed25519.crt, ed25519.key",
  })
  void takesWhatOpensslWrites(String chain, String key) throws IOException {
    assertThat(Credentials.keyPairFlaw(read(chain), read(key))).isNull();
  }

  @ParameterizedTest
  @CsvSource({
    "ec.crt, other-ec.key, is not the key of the first certificate",
    "ec.crt, rsa-pkcs8.key, cannot be read as the key of the first certificate",
    "rsa.crt, ec-sec1.key, cannot be read as the key of the first certificate",
    "ec.crt, ec-encrypted.key, encrypted",
    "ec.crt, ec.crt, holds no PEM private key",
    "ec-pkcs8.key, ec-pkcs8.key, tls.crt holds no PEM certificate",
  })
  void saysWhatIsWrong(String chain, String key, String flaw) throws IOException {
    assertThat(Credentials.keyPairFlaw(read(chain), read(key))).contains(flaw);
  }

  @Test
  void refusesAChainThatIsCutOff() throws IOException {
    String whole = new String(read("ec.crt").toArray(), StandardCharsets.US_ASCII);
    String cut = whole.substring(0, 120) + "\n-----END CERTIFICATE-----\n";

    assertThat(Credentials.keyPairFlaw(bytes(cut), read("ec-pkcs8.key"))).contains("tls.crt");
    assertThat(Credentials.bundleFlaw(bytes(cut))).contains("ca.crt");
  }

  @Test
  void readsBundlesOfSeveralAuthoritiesWithTextAroundThem() throws IOException {
    String bundle =
        "# first\n"
            + new String(read("ec.crt").toArray(), StandardCharsets.US_ASCII)
            + "# second\r\n"
            + new String(read("rsa.crt").toArray(), StandardCharsets.US_ASCII);

    assertThat(Credentials.bundleFlaw(bytes(bundle))).isNull();
    assertThat(Pem.blocks(bytes(bundle))).hasSize(2);
  }

  @Test
  void refusesABundleWithoutCertificates() throws IOException {
    assertThat(Credentials.bundleFlaw(bytes(""))).isEqualTo("ca.crt holds no PEM certificate");
    assertThat(Credentials.bundleFlaw(read("ec-pkcs8.key")))
        .isEqualTo("ca.crt holds no PEM certificate");
  }

  private static Bytes read(String file) throws IOException {
    return Bytes.of(Files.readAllBytes(FOLDER.resolve(file)));
  }

  private static Bytes bytes(String text) {
    return Bytes.of(text.getBytes(StandardCharsets.US_ASCII));
  }
}
