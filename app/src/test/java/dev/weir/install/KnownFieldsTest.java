package dev.weir.install;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/**
 * What is made for Gateways, and what installs a controller, has no field that Kubernetes does not
 * know: a real API server would drop it, or refuse the object.
 */
class KnownFieldsTest {
  private static final Path GOLDEN = Path.of("../controlplane/src/test/resources/deploy");
  private static final KubernetesSerialization TYPES = new KubernetesSerialization();

  @Test
  void ofWhatIsMadeForGateways() throws IOException {
    List<JsonNode> objects = new ArrayList<>();
    try (Stream<Path> files = Files.list(GOLDEN)) {
      for (Path file : files.toList()) {
        objects.addAll(Chart.objects(Files.readString(file).split("={80}\n", 2)[1]));
      }
    }
    assertThat(objects)
        .extracting(object -> object.path("kind").asString())
        .contains(
            "Deployment",
            "Service",
            "ServiceAccount",
            "ConfigMap",
            "NetworkPolicy",
            "PodDisruptionBudget",
            "HorizontalPodAutoscaler");
    assertThat(unknown(objects)).isEmpty();
  }

  @Test
  void ofTheChart() {
    List<JsonNode> objects =
        Chart.objects(
            Map.of("tls.secretName", "weir-tls", "networkPolicy.metricsFrom[0].podSelector.a", 1));
    assertThat(unknown(objects))
        .containsExactly("NetworkPolicy.spec.ingress[2].from[0].podSelector: [a]");
    assertThat(unknown(Chart.objects(Map.of("tls.secretName", "weir-tls")))).isEmpty();
  }

  private static List<String> unknown(List<JsonNode> objects) {
    List<String> found = new ArrayList<>();
    int typed = 0;
    for (JsonNode json : objects) {
      Object object = TYPES.unmarshal(json.toString());
      // Custom resources, which CRDs describe.
      if (!(object instanceof GenericKubernetesResource)) {
        typed++;
        walk(object, json.path("kind").asString(), found);
      }
    }
    assertThat(typed).isPositive();
    return found;
  }

  private static void walk(@Nullable Object value, String path, List<String> found) {
    switch (value) {
      case null -> {}
      case Collection<?> items -> {
        int i = 0;
        for (Object item : items) {
          walk(item, path + "[" + i++ + "]", found);
        }
      }
      case Map<?, ?> map -> map.forEach((key, item) -> walk(item, path + "." + key, found));
      case Object bean
          when bean.getClass().getName().startsWith("io.fabric8.kubernetes.api.model") ->
          fields(bean, path, found);
      default -> {}
    }
  }

  private static void fields(Object bean, String path, List<String> found) {
    for (Method getter : bean.getClass().getMethods()) {
      if (!getter.getName().startsWith("get")
          || getter.getParameterCount() > 0
          || bean instanceof Enum) {
        continue;
      }
      Object field;
      try {
        field = getter.invoke(bean);
      } catch (ReflectiveOperationException e) {
        throw new LinkageError(getter.toString(), e);
      }
      if (getter.getName().equals("getAdditionalProperties")) {
        if (field instanceof Map<?, ?> extra && !extra.isEmpty()) {
          found.add(path + ": " + extra.keySet());
        }
      } else {
        String name = getter.getName().substring("get".length());
        walk(field, path + "." + Character.toLowerCase(name.charAt(0)) + name.substring(1), found);
      }
    }
  }
}
