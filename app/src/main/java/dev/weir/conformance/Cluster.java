package dev.weir.conformance;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The objects as the API server would hold them, written as one YAML file each into the directory
 * that the gateway under test watches. Deployments become pods instead, and Services with selectors
 * get their EndpointSlices.
 */
final class Cluster {
  private static final String DEPLOYMENT = "Deployment";

  private final Path directory;
  private final Path spool;
  private final Pods pods;
  private final Map<ObjectKey, ObjectNode> objects = new TreeMap<>();
  private final Map<ObjectKey, String> written = new TreeMap<>();

  /**
   * @param spool a folder beside the directory, for files that are not yet complete
   */
  Cluster(Path directory, Path spool, Pods pods) {
    this.directory = directory;
    this.spool = spool;
    this.pods = pods;
  }

  synchronized @Nullable ObjectNode find(String kind, Ref name) {
    return objects.get(ObjectKey.of(kind, name));
  }

  /** All objects of a kind. */
  synchronized List<ObjectNode> all(String kind) {
    return objects.entrySet().stream()
        .filter(entry -> entry.getKey().kind().equals(kind))
        .map(Map.Entry::getValue)
        .toList();
  }

  synchronized List<Pod> pods(Ref deployment) {
    return pods.of(deployment);
  }

  synchronized void apply(List<ObjectNode> changed) throws IOException {
    changed.forEach(object -> objects.put(ObjectKey.of(object), object.deepCopy()));
    reconcile();
  }

  synchronized void delete(ObjectKey key) throws IOException {
    objects.remove(key);
    reconcile();
  }

  /** The objects as they are now, for {@link #restore}. */
  synchronized Map<ObjectKey, ObjectNode> checkpoint() {
    return new TreeMap<>(objects);
  }

  synchronized void restore(Map<ObjectKey, ObjectNode> checkpoint) throws IOException {
    objects.clear();
    objects.putAll(checkpoint);
    reconcile();
  }

  /** The text behind a reference to a key of a Secret or ConfigMap; empty if there is none. */
  synchronized String material(Pem pem) {
    ObjectNode object = find(pem.fromKind(), new Ref(pem.namespace(), pem.name()));
    if (object == null) {
      return "";
    }
    JsonNode value = object.path("data").path(pem.key());
    if (pem.fromKind().equals("Secret") && value.isString()) {
      return new String(Base64.getDecoder().decode(value.stringValue()), StandardCharsets.UTF_8);
    }
    return value.asString("");
  }

  private void reconcile() throws IOException {
    Map<ObjectKey, ObjectNode> deployments = new TreeMap<>(objects);
    deployments.keySet().removeIf(key -> !key.kind().equals(DEPLOYMENT));
    pods.sync(deployments, this::material);

    Map<ObjectKey, ObjectNode> wanted = new TreeMap<>(objects);
    wanted.keySet().removeAll(deployments.keySet());
    for (ObjectNode service : all("Service")) {
      if (ServiceEndpoints.hasSelector(service)) {
        ObjectNode slice = ServiceEndpoints.slice(service, pods.all());
        wanted.put(ObjectKey.of(slice), slice);
      }
    }
    for (ObjectKey key : List.copyOf(written.keySet())) {
      if (!wanted.containsKey(key)) {
        Files.deleteIfExists(directory.resolve(key.fileName()));
        written.remove(key);
      }
    }
    for (var entry : wanted.entrySet()) {
      String text = Json.writeYaml(entry.getValue());
      if (!text.equals(written.put(entry.getKey(), text))) {
        write(entry.getKey().fileName(), text);
      }
    }
  }

  private void write(String name, String text) throws IOException {
    Path complete = Files.writeString(spool.resolve(name), text);
    Files.move(
        complete,
        directory.resolve(name),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
  }
}
