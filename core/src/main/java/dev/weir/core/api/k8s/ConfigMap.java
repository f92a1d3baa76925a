package dev.weir.core.api.k8s;

import dev.weir.core.api.Bytes;
import dev.weir.core.api.Kind;
import dev.weir.core.api.ObjectType;
import dev.weir.core.api.ObjectType.Layout;
import java.util.Map;

/**
 * A ConfigMap.
 *
 * @param binaryData base64 in the object, plain here
 */
public record ConfigMap(Map<String, String> data, Map<String, Bytes> binaryData) {
  public static final ObjectType<ConfigMap> TYPE =
      ObjectType.of(
          Kind.namespaced("", "v1", "ConfigMap", "configmaps"),
          ConfigMap.class,
          Layout.PARTIAL_TOP);
}
