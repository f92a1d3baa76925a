package dev.weir.conformance;

import dev.weir.echo.EchoAnswer;
import dev.weir.echo.EchoIdentity;
import dev.weir.echo.EchoPort;
import dev.weir.echo.EchoServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Runs an echo backend for each replica of each Deployment, on addresses of their own. */
final class Pods implements AutoCloseable {
  private final RunNetwork network;
  private final Map<String, Boolean> seen = new ConcurrentHashMap<>();
  private final EchoServer echo = new EchoServer(this::note);
  private final Map<ObjectKey, Deployed> deployed = new TreeMap<>();

  private record Deployed(ObjectNode deployment, List<Pod> pods) {}

  Pods(RunNetwork network) {
    this.network = network;
  }

  private void note(EchoAnswer request) {
    seen.put(request.namespace() + " " + request.pod() + " " + request.path(), true);
  }

  /** A pod of that Deployment, or Service of the same name, has seen a request for {@code path}. */
  boolean saw(Ref backend, String path) {
    String start = backend.namespace() + " " + backend.name() + "-";
    return seen.keySet().stream()
        .anyMatch(line -> line.startsWith(start) && line.endsWith(" " + path));
  }

  /** Starts what is new or different and stops what is gone. */
  void sync(Map<ObjectKey, ObjectNode> deployments, Function<Pem, String> materials)
      throws IOException {
    for (ObjectKey key : List.copyOf(deployed.keySet())) {
      Deployed running = Objects.requireNonNull(deployed.get(key));
      if (!running.deployment().equals(deployments.get(key))) {
        running.pods().forEach(pod -> pod.sockets().forEach(echo::stop));
        deployed.remove(key);
      }
    }
    for (var wanted : deployments.entrySet()) {
      if (!deployed.containsKey(wanted.getKey())) {
        deployed.put(
            wanted.getKey(),
            new Deployed(wanted.getValue(), start(wanted.getKey(), wanted.getValue(), materials)));
      }
    }
  }

  List<Pod> all() {
    return deployed.values().stream().flatMap(one -> one.pods().stream()).toList();
  }

  List<Pod> of(Ref deployment) {
    return all().stream().filter(pod -> pod.deployment().equals(deployment)).toList();
  }

  private List<Pod> start(ObjectKey key, ObjectNode deployment, Function<Pem, String> materials)
      throws IOException {
    JsonNode template = deployment.path("spec").path("template");
    Map<String, String> labels = new HashMap<>();
    template
        .path("metadata")
        .path("labels")
        .properties()
        .forEach(label -> labels.put(label.getKey(), label.getValue().asString()));
    int replicas = deployment.path("spec").path("replicas").asInt(1);
    String hash = Integer.toHexString(0x10000000 | (key.hashCode() & 0xfffffff));
    List<Pod> pods = new ArrayList<>();
    for (int i = 0; i < replicas; i++) {
      String name = key.name() + "-" + hash + "-" + Integer.toHexString(0xa000 + i);
      pods.add(start(key, name, template.path("spec"), labels, materials));
    }
    return List.copyOf(pods);
  }

  private Pod start(
      ObjectKey key,
      String name,
      JsonNode spec,
      Map<String, String> labels,
      Function<Pem, String> materials)
      throws IOException {
    InetAddress address = network.nextPod();
    List<Pod.NamedPort> named = new ArrayList<>();
    List<InetSocketAddress> sockets = new ArrayList<>();
    for (JsonNode one : spec.path("containers")) {
      Container container = Container.of(spec, one, materials, key.namespace());
      var identity = new EchoIdentity(key.namespace(), name, container.service());
      for (Map.Entry<Integer, EchoPort> port : container.ports().entrySet()) {
        sockets.add(
            echo.listen(new InetSocketAddress(address, port.getKey()), identity, port.getValue()));
      }
      for (JsonNode port : one.path("ports")) {
        named.add(
            new Pod.NamedPort(port.path("name").asString(""), port.path("containerPort").asInt()));
      }
    }
    return new Pod(
        key.ref(),
        name,
        address.getHostAddress(),
        Map.copyOf(labels),
        List.copyOf(named),
        List.copyOf(sockets));
  }

  @Override
  public void close() {
    echo.close();
  }
}
