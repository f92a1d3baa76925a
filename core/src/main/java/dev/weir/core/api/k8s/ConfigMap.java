package dev.weir.core.api.k8s;

import dev.weir.core.api.Bytes;
import dev.weir.core.api.Kind;
import dev.weir.core.api.ObjectType;
import dev.weir.core.api.ObjectType.Layout;
import dev.weir.core.api.schema.Checked;
import dev.weir.core.api.schema.Violations;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * A ConfigMap.
 *
 * @param binaryData base64 in the object, plain here
 */
public record ConfigMap(Map<String, String> data, Map<String, Bytes> binaryData)
    implements Checked {
  public static final ObjectType<ConfigMap> TYPE =
      ObjectType.of(
          Kind.namespaced("", "v1", "ConfigMap", "configmaps"),
          ConfigMap.class,
          Layout.PARTIAL_TOP);

  @Override
  public void check(Violations violations) {
    DataKeys.check("data", data, violations);
    DataKeys.check("binaryData", binaryData, violations);
    for (String key : binaryData.keySet()) {
      if (data.containsKey(key)) {
        violations.add("binaryData[" + key + "]", "the same key as in data: remove one");
      }
    }
    long text =
        data.values().stream()
            .mapToLong(value -> value.getBytes(StandardCharsets.UTF_8).length)
            .sum();
    long binary = binaryData.values().stream().mapToLong(Bytes::size).sum();
    DataKeys.checkSize(data.isEmpty() ? "binaryData" : "data", text + binary, violations);
  }
}
