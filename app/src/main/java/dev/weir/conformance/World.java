package dev.weir.conformance;

import java.io.IOException;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What the steps of all cases of a run work on. */
record World(
    RunNetwork network,
    Cluster cluster,
    Pods pods,
    GatewayUnderTest gateway,
    Requester requester,
    Set<String> claimed,
    Limits limits) {
  static final String GATEWAY_CLASS = "weir";
  static final String CONTROLLER = "weir.dev/gateway-controller";

  /** The object as it was written, with the generation and the status that the gateway shows. */
  JsonNode object(String kind, Ref name) throws IOException {
    ObjectKey key = ObjectKey.of(kind, name);
    JsonNode shown =
        gateway.object(kind, key.namespace().isEmpty() ? null : key.namespace(), key.name());
    ObjectNode written = cluster.find(kind, name);
    if (shown == null || written == null) {
      throw new IOException("the gateway shows no " + key);
    }
    ObjectNode object = written.deepCopy();
    ((ObjectNode) object.path("metadata"))
        .set("generation", shown.path("metadata").path("generation"));
    object.set("status", shown.path("status"));
    return object;
  }

  /** The address of a Gateway's status. */
  String address(Ref name) throws IOException {
    JsonNode addresses = object("Gateway", name).path("status").path("addresses");
    if (addresses.isEmpty()) {
      throw new IOException("Gateway " + name + " has no address in its status");
    }
    return addresses.get(0).path("value").asString();
  }
}
