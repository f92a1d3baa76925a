package dev.weir.conformance;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Makes the EndpointSlice of a Service with a selector, as the endpoint controller does. */
final class ServiceEndpoints {
  private ServiceEndpoints() {}

  static boolean hasSelector(ObjectNode service) {
    return !service.path("spec").path("selector").isEmpty();
  }

  static ObjectNode slice(ObjectNode service, List<Pod> pods) {
    ObjectKey key = ObjectKey.of(service);
    Map<String, String> selector = new HashMap<>();
    service
        .path("spec")
        .path("selector")
        .properties()
        .forEach(label -> selector.put(label.getKey(), label.getValue().asString()));
    List<Pod> matching =
        pods.stream()
            .filter(pod -> key.namespace().equals(pod.deployment().namespace()))
            .filter(pod -> pod.matches(selector))
            .toList();
    ObjectNode slice = Json.MAPPER.createObjectNode();
    slice.put("apiVersion", "discovery.k8s.io/v1");
    slice.put("kind", "EndpointSlice");
    ObjectNode metadata = slice.putObject("metadata");
    metadata.put("name", key.name() + "-pods").put("namespace", key.namespace());
    metadata.putObject("labels").put("kubernetes.io/service-name", key.name());
    slice.put("addressType", "IPv4");
    ArrayNode ports = slice.putArray("ports");
    for (JsonNode port : service.path("spec").path("ports")) {
      ports.add(port(port, matching));
    }
    ArrayNode endpoints = slice.putArray("endpoints");
    for (Pod pod : matching) {
      ObjectNode endpoint = endpoints.addObject();
      endpoint.putArray("addresses").add(pod.address());
      endpoint
          .putObject("conditions")
          .put("ready", true)
          .put("serving", true)
          .put("terminating", false);
      endpoint
          .putObject("targetRef")
          .put("kind", "Pod")
          .put("namespace", key.namespace())
          .put("name", pod.name());
    }
    return slice;
  }

  private static ObjectNode port(JsonNode servicePort, List<Pod> pods) {
    ObjectNode port = Json.MAPPER.createObjectNode();
    port.put("name", servicePort.path("name").asString(""));
    port.put("protocol", servicePort.path("protocol").asString("TCP"));
    if (servicePort.has("appProtocol")) {
      port.set("appProtocol", servicePort.path("appProtocol"));
    }
    JsonNode target = servicePort.path("targetPort");
    if (target.isString()) {
      pods.stream()
          .map(pod -> pod.port(target.asString()))
          .filter(Objects::nonNull)
          .findFirst()
          .ifPresent(number -> port.put("port", number));
    } else {
      port.put("port", target.asInt(servicePort.path("port").asInt()));
    }
    return port;
  }
}
