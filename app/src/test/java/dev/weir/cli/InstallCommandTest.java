package dev.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class InstallCommandTest {
  @Test
  void printsThePlainManifests() throws IOException {
    Invocation install = Invocation.of("install", "--print");

    assertThat(install.status()).isZero();
    assertThat(install.out()).isEqualTo(Files.readString(Path.of("../install/weir.yaml")));
  }

  @Test
  void withAnotherNamespaceAndImage() {
    String image = "registry.example/weir@sha256:0123456789abcdef";
    String text =
        Invocation.of("install", "--print", "--namespace", "edge", "--image", image).out();

    assertThat(text)
        .doesNotContain("weir-system", "\"weir:")
        .contains("namespace: edge\n", "weir.edge.svc:18000", "image: \"" + image + "\"")
        .contains("--proxy-image\n        - \"" + image + "\"");
  }

  @Test
  void namesHaveToBeOnes() {
    assertThat(Invocation.of("install").status()).isEqualTo(2);
    assertThat(Invocation.of("install", "--print", "--namespace", "a: b").status()).isEqualTo(2);
    assertThat(Invocation.of("install", "--print", "--image", "a\nb: c").status()).isEqualTo(2);
  }
}
