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
import tools.jackson.core.JacksonException;

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

  private List<Step> steps(String steps) throws IOException {
    return read(steps).steps(text -> text);
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
    assertThatThrownBy(() -> steps("{\"action\": \"dance\"}"))
        .isInstanceOf(JacksonException.class)
        .hasMessageContaining("dance");
  }

  @Test
  void refusesAnUnknownField() {
    assertThatThrownBy(
            () -> steps("{\"action\": \"sleep\", \"seconds\": 1, \"unless\": \"raining\"}"))
        .isInstanceOf(JacksonException.class)
        .hasMessageContaining("unless");
  }

  @Test
  void refusesAFileWithAnUnknownField() throws IOException {
    Path file = Files.writeString(dir.resolve("Two.json"), "{\"shortNames\": []}");

    assertThatThrownBy(() -> CaseFile.read(file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("Two.json")
        .hasMessageContaining("shortNames");
  }

  @Test
  void refusesAMissingField() {
    assertThatThrownBy(() -> steps("{\"action\": \"waitGatewayAddress\"}"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("waitGatewayAddress.gateway is missing");
  }

  @Test
  void understandsEveryGivenCase() throws Exception {
    Path data = GivenCases.folder();
    assumeTrue(data != null, GivenCases.ABSENT);

    List<CaseFile> cases = CaseFile.readAll(data.resolve("cases"));

    assertThat(cases).hasSizeGreaterThan(100);
    assertThat(cases).allSatisfy(one -> assertThat(one.steps(text -> text)).isNotEmpty());
  }
}
