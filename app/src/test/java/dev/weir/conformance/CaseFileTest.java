package dev.weir.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CaseFileTest {
  @TempDir private Path dir;

  private CaseFile read(String steps) throws IOException {
    String text =
        """
        {"shortName": "One", "goVariable": "One", "source": "one.go", "description": "a case",
         "features": ["Gateway"], "manifests": [], "provisional": false, "parallelTest": false,
         "slow": false, "fidelity": "exact", "extractionNotes": [], "steps": [%s]}
        """
            .formatted(steps);
    return CaseFile.read(Files.writeString(dir.resolve("One.json"), text));
  }

  @Test
  void readsStepsAndFillsPlaceholders() throws Exception {
    CaseFile one =
        read(
            """
            {"action": "waitNamespacesReady", "namespaces": ["{{testName}}"]},
            {"action": "waitGatewayAddress", "parallel": true, "subtest": "a/b",
             "gateway": {"namespace": "shop", "name": "edge"}}
            """);

    List<Step> steps = one.steps(text -> text.replace("{{testName}}", one.shortName()));

    assertThat(steps)
        .containsExactly(
            new StatusStep.WaitNamespacesReady(null, false, List.of("One")),
            new StatusStep.WaitGatewayAddress("a/b", true, new Ref("shop", "edge"), null));
  }

  @Test
  void refusesAnUnknownAction() {
    assertThatThrownBy(() -> read("{\"action\": \"dance\"}"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("One.json")
        .hasMessageContaining("dance");
  }

  @Test
  void refusesAnUnknownField() {
    assertThatThrownBy(
            () -> read("{\"action\": \"sleep\", \"seconds\": 1, \"unless\": \"raining\"}"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("unless");
  }

  @Test
  void refusesAMissingField() {
    assertThatThrownBy(() -> read("{\"action\": \"waitGatewayAddress\"}"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("waitGatewayAddress.gateway is missing");
  }

  @Test
  void understandsEveryGivenCase() throws Exception {
    Path data = GivenCases.folder();
    assumeTrue(data != null, GivenCases.ABSENT);

    List<CaseFile> cases = CaseFile.readAll(data.resolve("cases"));

    assertThat(cases).hasSizeGreaterThan(100);
  }
}
