package dev.weir.core.api.k8s;

import dev.weir.core.api.Bytes;
import dev.weir.core.api.Kind;
import dev.weir.core.api.ObjectType;
import dev.weir.core.api.ObjectType.Layout;
import dev.weir.core.api.schema.Checked;
import dev.weir.core.api.schema.Default;
import dev.weir.core.api.schema.Violations;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A Secret.
 *
 * @param data base64 in the object, plain here; {@code stringData} is merged into it
 * @param stringData always empty: see {@code data}
 */
public record Secret(
    @Default("Opaque") String type, Map<String, Bytes> data, Map<String, String> stringData)
    implements Checked {

  /** Type of a Secret with a certificate and its private key. */
  private static final String TLS = "kubernetes.io/tls";

  public static final ObjectType<Secret> TYPE =
      ObjectType.of(
          Kind.namespaced("", "v1", "Secret", "secrets"), Secret.class, Layout.PARTIAL_TOP);

  public Secret {
    if (!stringData.isEmpty()) {
      Map<String, Bytes> merged = new LinkedHashMap<>(data);
      stringData.forEach(
          (key, text) -> merged.put(key, Bytes.of(text.getBytes(StandardCharsets.UTF_8))));
      data = Collections.unmodifiableMap(merged);
      stringData = Map.of();
    }
  }

  @Override
  public void check(Violations violations) {
    DataKeys.check("data", data, violations);
    DataKeys.checkSize("data", data.values().stream().mapToLong(Bytes::size).sum(), violations);
    if (type.equals(TLS)) {
      for (String key : List.of("tls.crt", "tls.key")) {
        if (!data.containsKey(key)) {
          violations.add("data[" + key + "]", "required in a Secret of type " + TLS);
        }
      }
    }
  }
}
