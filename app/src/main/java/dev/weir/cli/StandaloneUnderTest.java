package dev.weir.cli;

import dev.weir.conformance.GatewayUnderTest;
import dev.weir.controlplane.deploy.DeploySettings;
import dev.weir.controlplane.deploy.Deployments;
import dev.weir.controlplane.state.StandardTypes;
import dev.weir.controlplane.status.ObjectStatus;
import dev.weir.controlplane.status.StatusText;
import dev.weir.core.api.KubeObject;
import dev.weir.core.api.ObjectType;
import dev.weir.standalone.Standalone;
import dev.weir.standalone.StandaloneOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The standalone gateway, as the conformance runner sees it. */
record StandaloneUnderTest(Standalone gateway) implements GatewayUnderTest {
  private static final DeploySettings DEPLOYED =
      new DeploySettings("weir.weir-system.svc:18000", "weir", new DeploySettings.Issued(""));
  private static final JsonMapper JSON = JsonMapper.builder().build();

  static GatewayUnderTest start(Path directory, String addressPool) throws IOException {
    return new StandaloneUnderTest(
        Standalone.start(
            StandaloneOptions.of(List.of(directory)).withAddressPool(addressPool), state -> {}));
  }

  @Override
  public @Nullable JsonNode object(String kind, @Nullable String namespace, String name) {
    Standalone.State state = gateway.state();
    String space = namespace == null ? "" : namespace;
    for (ObjectType<?> type : StandardTypes.ALL) {
      if (type.kind().kind().equals(kind)) {
        KubeObject<?> object = state.load().state().object(type, space, name);
        if (object != null) {
          return json(object, state.statuses());
        }
      }
    }
    return null;
  }

  private static JsonNode json(KubeObject<?> object, List<ObjectStatus> statuses) {
    ObjectNode json = JSON.createObjectNode();
    for (ObjectStatus status : statuses) {
      if (status.object().equals(object.ref())) {
        json = (ObjectNode) JSON.valueToTree(StatusText.document(status));
      }
    }
    json.withObject("/metadata")
        .put("name", object.ref().name())
        .put("namespace", object.ref().namespace())
        .put("generation", object.meta().generation());
    return json;
  }

  /**
   * Nothing is made on one machine. What is looked at is what {@code weir translate --output
   * kubernetes} prints for the Gateways; pods are those that the Deployments ask for.
   */
  @Override
  public List<JsonNode> generated(String kind, String namespace) {
    Standalone.State state = gateway.state();
    List<JsonNode> generated = new ArrayList<>();
    Deployments.of(state.load().state(), state.translation().resolution().topology(), DEPLOYED)
        .values()
        .forEach(objects ->
            objects.forEach(object -> {
              JsonNode json = JSON.valueToTree(object.content());
              if (!object.ref().namespace().equals(namespace)) {
                return;
              }
              if (object.ref().kind().equals(kind)) {
                generated.add(json);
              }
              if (kind.equals("Pod") && object.ref().kind().equals("Deployment")) {
                generated.add(json.at("/spec/template"));
              }
            }));
    return generated;
  }

  @Override
  public void close() {
    gateway.close();
  }
}
