package dev.weir.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.controlplane.resolve.AddressAllocation;
import dev.weir.controlplane.resolve.ResolveOptions;
import dev.weir.features.Features;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Holds {@code docs/conformance.md} to what the code claims. {@code -Dgolden.update} writes the
 * page anew.
 */
class ConformancePageTest {
  private static final Path DOCS = Path.of("../docs");
  private static final Path PAGE = DOCS.resolve("conformance.md");

  private static final Set<String> CLAIMED =
      ResolveOptions.of(AddressAllocation.NONE, Features.ALL)
          .claiming(ResolveOptions.PROVISIONING)
          .features();

  /**
   * A feature of the Gateway API.
   *
   * @param page of the docs, or "-" if there is none
   */
  private record Feature(
      String section, String name, String level, String channel, String page, String meaning) {
    static Feature of(String section, String line) {
      String[] cells = line.split(" \\| ");
      return new Feature(section, cells[0], cells[1], cells[2], cells[3], cells[4]);
    }

    boolean claimed() {
      return CLAIMED.contains(name);
    }

    String row() {
      return "| %s | %s | %s%s | %s |\n"
          .formatted(
              claimed() ? "yes" : "**no**",
              page.equals("-") ? "`" + name + "`" : "[`%s`](%s)".formatted(name, page),
              level,
              channel.equals("standard") ? "" : ", " + channel,
              meaning);
    }
  }

  @Test
  void thePageSaysWhatTheCodeClaims() throws IOException {
    String page = page(features());

    if (System.getProperty("golden.update") != null) {
      Files.writeString(PAGE, page);
    } else {
      assertThat(PAGE).content().isEqualTo(page);
    }
  }

  @Test
  void nothingIsClaimedThatIsNoFeature() throws IOException {
    Set<String> unknown = new HashSet<>(CLAIMED);
    features().forEach(feature -> unknown.remove(feature.name));

    assertThat(unknown).isEmpty();
  }

  @Test
  void thePagesAreThere() throws IOException {
    assertThat(features().stream().map(Feature::page).filter(page -> !page.equals("-")))
        .allSatisfy(page -> assertThat(DOCS.resolve(page)).exists());
  }

  private static List<Feature> features() throws IOException {
    List<Feature> features = new ArrayList<>();
    String section = "";
    try (InputStream in = ConformancePageTest.class.getResourceAsStream("features.txt")) {
      String text = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
      for (String line : text.lines().toList()) {
        if (line.startsWith("== ")) {
          section = line.substring(3);
        } else if (!line.startsWith("#")) {
          features.add(Feature.of(section, line));
        }
      }
    }
    return features;
  }

  private static String page(List<Feature> features) {
    StringBuilder page =
        new StringBuilder(
            """
            # Conformance
            The features of the [Gateway API](https://gateway-api.sigs.k8s.io) (v1.6 and what followed on its main branch, without those of service meshes) and which of them Weir claims: %d of %d. A GatewayClass shows the claimed ones in `status.supportedFeatures`. This page is generated from what the code claims; a test fails when they differ.

            `weir conformance DIR` runs cases of the Gateway API that are given as data against the standalone gateway, `--only NAME,...` single ones. It says of each case whether it passed, failed or was skipped for a feature that nobody claims.
            """
                .formatted(features.stream().filter(Feature::claimed).count(), features.size()));
    String section = "";
    for (Feature feature : features) {
      if (!feature.section.equals(section)) {
        section = feature.section;
        page.append(
            """

            ## %s
            | claimed | feature | level | what it is |
            |---|---|---|---|
            """
                .formatted(section));
      }
      page.append(feature.row());
    }
    page.append(
        """

        ## Where the cases run
        All cases run, and none may be skipped, in two ways:
        - `weir conformance` and a test run them in one process, which reads files and is the proxy, too.
        - Another test puts the objects into an API server (fabric8's mock, or a real one where there is one), with a controller and two proxies as processes.

        `GatewayInfrastructurePropagation` is about the objects that run the proxies of a Gateway: the ServiceAccount, the Service and the pods that the Deployment asks for must have the labels and annotations of the Gateway. With the API server it is looked at what the controller applied there. One process makes no such objects; looked at is what `weir translate --output kubernetes` prints for the same Gateway, which the same function makes. Nothing runs pods in either. A [controller](controller.md) without `--proxy-image` does not claim the feature.
        """);
    return page.toString();
  }
}
