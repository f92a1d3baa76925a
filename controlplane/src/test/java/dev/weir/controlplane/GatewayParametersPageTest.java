package dev.weir.controlplane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.controlplane.Pipeline.Translation;
import dev.weir.controlplane.decode.SourceText;
import dev.weir.controlplane.files.Load;
import dev.weir.controlplane.files.Manifests;
import dev.weir.controlplane.resolve.AddressAllocation;
import dev.weir.controlplane.state.StandardTypes;
import dev.weir.core.api.schema.JsonNames;
import dev.weir.core.api.weir.GatewayParameters;
import dev.weir.features.Features;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The example of docs/gateway-parameters.md is valid, and the page leaves no field out. */
class GatewayParametersPageTest {
  private static final Pattern YAML = Pattern.compile("(?ms)^```yaml$(.*?)^```$");
  private static final Pattern WORD = Pattern.compile("`([A-Za-z0-9.]+)`");

  private static String page() throws IOException {
    return Files.readString(Path.of("../docs/gateway-parameters.md"));
  }

  @Test
  void theExampleIsValid() throws IOException {
    List<String> examples = YAML.matcher(page()).results().map(match -> match.group(1)).toList();
    Load load =
        new Manifests(StandardTypes.ALL, InstantSource.system())
            .load(List.of(SourceText.of("page", String.join("\n---\n", examples))));
    Translation translation =
        new Pipeline(Features.ALL)
            .translate(load.state(), new AddressAllocation(Map.of(), List.of()));

    assertThat(load.problems()).isEmpty();
    assertThat(load.state().objects(GatewayParameters.TYPE)).hasSize(2);
    assertThat(translation.resolution().report().problems()).isEmpty();
    assertThat(translation.resolution().topology().gateways()).hasSize(1);
  }

  @Test
  void everyFieldIsOnThePage() throws IOException {
    Set<String> words = new TreeSet<>();
    WORD.matcher(page())
        .results()
        .forEach(word -> words.addAll(List.of(word.group(1).split("\\."))));
    Set<String> fields = new TreeSet<>();
    fields(GatewayParameters.class, fields);

    assertThat(fields).hasSizeGreaterThan(30);
    assertThat(words).containsAll(fields);
  }

  private static void fields(Class<?> record, Set<String> out) {
    for (RecordComponent component : record.getRecordComponents()) {
      out.add(JsonNames.of(component));
      if (component.getType().isRecord()
          && component.getType().getEnclosingClass() == GatewayParameters.class) {
        fields(component.getType(), out);
      }
    }
  }
}
