package dev.weir.controlplane.deploy;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.common.FlowStyle;

/** Prints what proxies need for whoever applies it instead of a controller. */
public final class DeploymentsYaml {
  private DeploymentsYaml() {}

  /**
   * One document for each object. Their owner is left out: it is named by a uid that only the API
   * server knows, and objects of an owner that it does not know are collected.
   *
   * @param objects of each Gateway
   */
  public static String print(Collection<List<DeployedObject>> objects) {
    Dump dump =
        new Dump(
            DumpSettings.builder()
                .setDefaultFlowStyle(FlowStyle.BLOCK)
                .setExplicitStart(true)
                .setSplitLines(false)
                .setDereferenceAliases(true)
                .build());
    return dump.dumpAllToString(
        objects.stream()
            .flatMap(List::stream)
            .<Object>map(object -> withoutOwner(object.content()))
            .iterator());
  }

  private static Map<String, @Nullable Object> withoutOwner(Map<String, @Nullable Object> object) {
    Map<String, @Nullable Object> copy = new LinkedHashMap<>(object);
    copy.computeIfPresent(
        "metadata",
        (name, value) -> {
          Map<Object, @Nullable Object> metadata = new LinkedHashMap<>((Map<?, ?>) value);
          metadata.remove("ownerReferences");
          return metadata;
        });
    return copy;
  }
}
