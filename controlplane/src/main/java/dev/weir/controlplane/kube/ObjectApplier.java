package dev.weir.controlplane.kube;

import dev.weir.controlplane.deploy.DeployedName;
import dev.weir.controlplane.kube.ApiConnection.Answer;
import dev.weir.controlplane.kube.ApiConnection.Body;
import dev.weir.core.problem.ObjectRef;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Brings the objects that run a Gateway's proxies to what they should be: server-side apply of
 * those that are wanted, and deletion of ours that are not. Asks the server each time; whoever uses
 * it decides when. Thread-safe.
 */
public final class ObjectApplier {
  /** Labels that tell whose an object is; without both, nothing is ever deleted. */
  public static final String GATEWAY_LABEL = "gateway.networking.k8s.io/gateway-name";

  public static final String MANAGED_LABEL = "app.kubernetes.io/managed-by";
  public static final String MANAGED_BY = "weir";

  /** How many objects of a kind one list asks for; a Gateway has one or two. */
  private static final int LIST = 500;

  /** A kind of object that may run a proxy. */
  private record Provisioned(String group, String version, String kind, String plural) {
    String apiVersion() {
      return group.isEmpty() ? version : group + "/" + version;
    }
  }

  /** In the order in which they are applied; deleted the other way round. */
  private static final List<Provisioned> KINDS =
      List.of(
          new Provisioned("", "v1", "ServiceAccount", "serviceaccounts"),
          new Provisioned("", "v1", "ConfigMap", "configmaps"),
          new Provisioned("apps", "v1", "Deployment", "deployments"),
          new Provisioned("apps", "v1", "DaemonSet", "daemonsets"),
          new Provisioned("", "v1", "Service", "services"),
          new Provisioned(
              "autoscaling", "v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers"),
          new Provisioned("policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets"),
          new Provisioned("networking.k8s.io", "v1", "NetworkPolicy", "networkpolicies"));

  private final ApiConnection api;

  public ObjectApplier(ApiConnection api) {
    this.api = api;
  }

  /**
   * Brings the objects of a Gateway to what is wanted.
   *
   * @param wanted whole objects as maps, all in the namespace of the Gateway and with both labels;
   *     empty: all go
   * @throws IOException at the first object that the server does not take, or if it does not
   *     answer: what came before is done, and doing all again does no harm
   * @throws IllegalArgumentException if an object is of a kind that is not provisioned, or has not
   *     the labels
   */
  public void reconcile(
      ObjectRef gateway, Collection<? extends Map<String, ? extends @Nullable Object>> wanted)
      throws IOException {
    List<ObjectNode> objects =
        wanted.stream()
            .map(object -> checked(gateway, ApiConnection.JSON.valueToTree(object)))
            .toList();
    Set<String> kept = new HashSet<>();
    for (Provisioned kind : KINDS) {
      for (ObjectNode object : objects) {
        if (is(kind, object)) {
          apply(kind, object);
          kept.add(kind.kind + "/" + name(object));
        }
      }
    }
    for (Provisioned kind : KINDS.reversed()) {
      prune(gateway, kind, kept);
    }
  }

  private static ObjectNode checked(ObjectRef gateway, JsonNode object) {
    JsonNode labels = object.path("metadata").path("labels");
    if (!(object instanceof ObjectNode fields)
        || KINDS.stream().noneMatch(kind -> is(kind, object))
        || !object.path("metadata").path("namespace").asString("").equals(gateway.namespace())
        || !labels.path(GATEWAY_LABEL).asString("").equals(DeployedName.labelValue(gateway.name()))
        || !labels.path(MANAGED_LABEL).asString("").equals(MANAGED_BY)) {
      throw new IllegalArgumentException(
          "not an object of the proxies of " + gateway + ": " + object.path("kind").asString("?"));
    }
    return fields;
  }

  private static boolean is(Provisioned kind, JsonNode object) {
    return object.path("kind").asString("").equals(kind.kind)
        && object.path("apiVersion").asString("").equals(kind.apiVersion());
  }

  private static String name(JsonNode object) {
    return object.path("metadata").path("name").asString("");
  }

  private static String path(Provisioned kind, JsonNode object) {
    return ApiPaths.collection(
            kind.group,
            kind.version,
            kind.plural,
            object.path("metadata").path("namespace").asString(""))
        + "/"
        + ApiConnection.urlName(name(object));
  }

  private void apply(Provisioned kind, ObjectNode object) throws IOException {
    Answer answer =
        api.call(
            "PATCH",
            path(kind, object) + "?" + StatusWriter.APPLY_QUERY,
            Body.APPLY,
            ApiConnection.JSON.writeValueAsString(object));
    if (!answer.ok()) {
      throw new IOException(
          "%s %s is not taken: %s".formatted(kind.kind, name(object), answer.message()));
    }
  }

  /** Deletes what carries the labels and is not among those kept. */
  private void prune(ObjectRef gateway, Provisioned kind, Set<String> kept) throws IOException {
    String selector =
        GATEWAY_LABEL
            + "="
            + DeployedName.labelValue(gateway.name())
            + ","
            + MANAGED_LABEL
            + "="
            + MANAGED_BY;
    Answer list =
        api.get(
            ApiPaths.collection(kind.group, kind.version, kind.plural, gateway.namespace())
                + "?labelSelector="
                + URLEncoder.encode(selector, StandardCharsets.UTF_8)
                + "&limit="
                + LIST);
    if (list.code() == 404) {
      return; // a server without this kind
    }
    if (!list.ok()) {
      throw new IOException("%ss cannot be listed: %s".formatted(kind.kind, list.message()));
    }
    for (JsonNode object : list.json().path("items")) {
      if (!kept.contains(kind.kind + "/" + name(object))) {
        delete(kind, object);
      }
    }
  }

  private void delete(Provisioned kind, JsonNode object) throws IOException {
    ObjectNode options = ApiConnection.JSON.createObjectNode();
    options.put("apiVersion", "v1").put("kind", "DeleteOptions");
    options.put("propagationPolicy", "Background");
    // Not one that was made anew meanwhile.
    options.putObject("preconditions").put("uid", object.path("metadata").path("uid").asString(""));
    Answer answer = api.delete(path(kind, object), ApiConnection.JSON.writeValueAsString(options));
    if (!answer.ok() && answer.code() != 404 && answer.code() != 409) {
      throw new IOException(
          "%s %s is not deleted: %s".formatted(kind.kind, name(object), answer.message()));
    }
  }
}
