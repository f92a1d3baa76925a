package dev.weir.install;

import com.marcnuri.helm.Helm;
import com.marcnuri.helm.TemplateCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The Helm chart, rendered by Helm. */
final class Chart {
  static final Path INSTALL = Path.of("../install");
  static final Path CHART = INSTALL.resolve("helm/weir");

  private Chart() {}

  /** The CRDs, which Helm installs as they are, each as a document. */
  static String crds() throws IOException {
    StringBuilder text = new StringBuilder();
    try (Stream<Path> files = Files.list(CHART.resolve("crds"))) {
      for (Path file : files.sorted().toList()) {
        text.append("---\n").append(Files.readString(file));
      }
    }
    return text.toString();
  }

  /** What Helm makes of the templates as release {@code weir}. */
  static String text(String namespace, Map<String, ?> values) {
    TemplateCommand command =
        new Helm(CHART)
            .template()
            .withName("weir")
            .withNamespace(namespace)
            .withKubeVersion("1.33.0");
    values.forEach(command::set);
    return command.call();
  }

  /** The same as objects. */
  static List<JsonNode> objects(Map<String, ?> values) {
    return objects(text("weir-system", values));
  }

  static List<JsonNode> objects(String yaml) {
    List<JsonNode> objects = new ArrayList<>();
    LoadSettings settings = LoadSettings.builder().setCodePointLimit(Integer.MAX_VALUE).build();
    for (Object document : new Load(settings).loadAllFromString(yaml)) {
      if (document != null) {
        objects.add(JsonMapper.shared().valueToTree(document));
      }
    }
    return objects;
  }

  /** The only object of a kind. */
  static JsonNode only(List<JsonNode> objects, String kind) {
    List<JsonNode> found = all(objects, kind);
    if (found.size() != 1) {
      throw new AssertionError(found.size() + " objects of kind " + kind);
    }
    return found.getFirst();
  }

  static List<JsonNode> all(List<JsonNode> objects, String kind) {
    return objects.stream().filter(each -> each.path("kind").asString().equals(kind)).toList();
  }
}
