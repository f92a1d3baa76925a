package dev.weir.controlplane.kube;

import dev.weir.core.api.ObjectType;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Which versions of a kind a CustomResourceDefinition serves, and which of them Weir reads. */
record CrdVersions(List<String> served) {
  /** There is no such CRD. */
  static final CrdVersions MISSING = new CrdVersions(List.of());

  CrdVersions {
    served = List.copyOf(served);
  }

  static CrdVersions of(GenericKubernetesResource crd) {
    List<String> served = new ArrayList<>();
    if (crd.get("spec", "versions") instanceof List<?> versions) {
      for (Object each : versions) {
        if (each instanceof Map<?, ?> version
            && Boolean.TRUE.equals(version.get("served"))
            && version.get("name") instanceof String name) {
          served.add(name);
        }
      }
    }
    return new CrdVersions(served);
  }

  /** The newest version that both know, or null. */
  @Nullable String usable(ObjectType<?> type) {
    for (String version : type.versions().keySet()) {
      if (served.contains(version)) {
        return version;
      }
    }
    return null;
  }

  /** The name of the CRD of a type. */
  static String name(ObjectType<?> type) {
    return type.kind().plural() + "." + type.kind().group();
  }

  /** A line for the log; says what is used, or what to do. */
  String line(ObjectType<?> type) {
    String name = name(type);
    String kind = type.kind().kind();
    String version = usable(type);
    if (version != null) {
      return "CRD %s: %s objects are read in version %s".formatted(name, kind, version);
    }
    List<String> known = List.copyOf(type.versions().keySet());
    return served.isEmpty()
        ? "CRD %s is not installed: %s objects are not used; install it if you want them"
            .formatted(name, kind)
        : "CRD %s serves %s, and Weir reads %s: %s objects are not used; install a CRD that both know"
            .formatted(name, String.join(", ", served), String.join(", ", known), kind);
  }
}
