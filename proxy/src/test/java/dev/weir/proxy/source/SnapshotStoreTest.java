package dev.weir.proxy.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.core.xds.XdsSnapshot;
import dev.weir.proxy.compile.XdsText;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SnapshotStoreTest {
  private static final String SERVES = "Gateway/default/edge";
  private static final String KEY = "-----BEGIN PRIVATE KEY----- very secret";
  private static final XdsSnapshot SNAPSHOT =
      XdsText.snapshot(
          """
          listeners: [{name: l}]
          routes: [{name: r}]
          clusters: [{name: c}]
          endpoints: [{cluster_name: c}]
          secrets:
          - name: s
            tls_certificate: {private_key: {inline_string: "%s"}}
          """
              .formatted(KEY));

  @TempDir private Path dir;

  private SnapshotStore store() throws IOException {
    return SnapshotStore.open(dir.resolve("state"), null, SERVES);
  }

  private Path file() {
    return dir.resolve("state/last-good");
  }

  @Test
  void findsWhatWasSaved() throws Exception {
    assertThat(store().load()).isEqualTo(XdsSnapshot.EMPTY);
    store().save(XdsText.snapshot("clusters: [{name: before}]"));
    store().save(SNAPSHOT);

    assertThat(store().load()).isEqualTo(SNAPSHOT);
    try (var files = Files.list(dir.resolve("state"))) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("last-good", "last-good.key");
    }
  }

  @Test
  void nobodyElseReadsIt() throws Exception {
    store().save(SNAPSHOT);

    for (Path file : new Path[] {file(), dir.resolve("state/last-good.key")}) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
          .isEqualTo("rw-------");
    }
    assertThat(new String(Files.readAllBytes(file()), StandardCharsets.ISO_8859_1))
        .startsWith("weir-snapshot 2 Gateway/default/edge\n")
        .doesNotContain("secret")
        .doesNotContain("PRIVATE");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 14, 40, 50, 60, -1})
  void aDamagedFileIsNotUsed(int where) throws Exception {
    store().save(SNAPSHOT);
    byte[] content = Files.readAllBytes(file());
    content[Math.floorMod(where, content.length)] ^= 1;
    Files.write(file(), content);

    assertThat(store().load()).isEqualTo(XdsSnapshot.EMPTY);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 37, 45, 200})
  void aFileThatWasCutIsNotUsed(int length) throws Exception {
    store().save(SNAPSHOT);
    Files.write(file(), Arrays.copyOf(Files.readAllBytes(file()), length));

    assertThat(store().load()).isEqualTo(XdsSnapshot.EMPTY);
  }

  @Test
  void anothersIsNotUsed() throws Exception {
    store().save(SNAPSHOT);

    SnapshotStore other = SnapshotStore.open(dir.resolve("state"), null, "GatewayClass/weir");
    assertThat(other.load()).isEqualTo(XdsSnapshot.EMPTY);
    Files.delete(dir.resolve("state/last-good.key"));
    assertThat(store().load()).isEqualTo(XdsSnapshot.EMPTY);
  }

  @Test
  void theKeyMayBeElsewhere() throws Exception {
    Path key =
        Files.writeString(dir.resolve("key"), "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n");
    SnapshotStore.open(dir.resolve("state"), key, SERVES).save(SNAPSHOT);

    assertThat(SnapshotStore.open(dir.resolve("state"), key, SERVES).load()).isEqualTo(SNAPSHOT);
    assertThat(dir.resolve("state/last-good.key")).doesNotExist();
    Files.writeString(key, "AAEC");
    assertThatThrownBy(() -> SnapshotStore.open(dir.resolve("state"), key, SERVES))
        .hasMessageContaining("does not hold 32 bytes in base64");
    Files.delete(key);
    assertThatThrownBy(() -> SnapshotStore.open(dir.resolve("state"), key, SERVES))
        .hasMessageContaining("there is no key file");
  }
}
