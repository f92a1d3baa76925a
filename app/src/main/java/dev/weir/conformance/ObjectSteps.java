package dev.weir.conformance;

import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Takes the steps of one case that read and change objects. */
final class ObjectSteps {
  private static final Map<String, String> API_VERSIONS =
      Map.of(
          "ConfigMap", "v1",
          "TCPRoute", "gateway.networking.k8s.io/v1alpha2",
          "UDPRoute", "gateway.networking.k8s.io/v1alpha2");
  private static final Pattern COUNT = Pattern.compile("len\\(([\\w.]+)\\) (==|>) (\\d+)");

  private final World world;

  /** Generations by subtest and object, at the first look. */
  private final Map<String, Long> generations = new HashMap<>();

  ObjectSteps(World world) {
    this.world = world;
  }

  void take(ObjectStep step) throws StepFailure, InterruptedException, IOException {
    switch (step) {
      case ObjectStep.Get get -> remember(get.subtest(), ObjectKey.of(get.kind(), get.name()));
      case ObjectStep.Patch patch -> patch(patch);
      case ObjectStep.Apply apply -> apply(apply);
      case ObjectStep.Delete delete ->
          world.cluster().delete(ObjectKey.of(delete.kind(), delete.name()));
      case ObjectStep.PatchEndpointSlices patch -> patchSlices(patch);
      case ObjectStep.Sleep sleep ->
          Thread.sleep(Duration.ofMillis((long) (sleep.seconds() * 1000)));
      case ObjectStep.ExpectObject expect -> expect(expect);
      case ObjectStep.GenerationChanged changed -> generationChanged(changed);
      // Whoever runs the case looks at these.
      case ObjectStep.SkipIfSupported _, ObjectStep.SkipUnlessSupported _ -> {}
    }
  }

  private void remember(@Nullable String subtest, ObjectKey key) {
    JsonNode object = shown(key);
    if (object != null) {
      generations.putIfAbsent(subtest + " " + key, StatusChecks.generation(object));
    }
  }

  private @Nullable JsonNode shown(ObjectKey key) {
    return world
        .gateway()
        .object(key.kind(), key.namespace().isEmpty() ? null : key.namespace(), key.name());
  }

  private void patch(ObjectStep.Patch patch) throws StepFailure, InterruptedException, IOException {
    ObjectKey key = ObjectKey.of(patch.kind(), patch.name());
    ObjectNode before = world.cluster().find(patch.kind(), patch.name());
    if (before == null) {
      throw new StepFailure("there is no " + key + " to patch");
    }
    JsonNode shown = shown(key);
    remember(patch.subtest(), key);
    ObjectNode after = (ObjectNode) Json.mergePatch(before, patch.mergePatch());
    world.cluster().apply(List.of(after));
    if (shown != null && !after.path("spec").equals(before.path("spec"))) {
      long old = StatusChecks.generation(shown);
      // An API server would show the new generation at once.
      Eventually.once(
          world.limits().status(),
          () -> {
            JsonNode now = shown(key);
            return now != null && StatusChecks.generation(now) != old
                ? List.of()
                : List.of("the gateway still shows " + key + " as before the change");
          });
    }
  }

  private void apply(ObjectStep.Apply apply) throws StepFailure, IOException {
    String version = API_VERSIONS.get(apply.kind());
    if (version == null) {
      throw new StepFailure("no apiVersion is known for " + apply.kind());
    }
    ObjectNode object = apply.object().deepCopy();
    object.put("apiVersion", version).put("kind", apply.kind());
    world.cluster().apply(List.of(object));
  }

  private void patchSlices(ObjectStep.PatchEndpointSlices patch) throws StepFailure, IOException {
    ObjectStep.EndpointsFrom from = patch.endpointsFrom();
    for (ObjectStep.Slice slice : patch.slices()) {
      if (!slice.addressType().equals("IPv4")) {
        if (from.skipIfNoPodIPOfFamily()) {
          continue;
        }
        throw new StepFailure("pods have IPv4 addresses only, not " + slice.addressType());
      }
      ObjectNode before = world.cluster().find("EndpointSlice", slice.ref());
      if (before == null) {
        throw new StepFailure("there is no EndpointSlice " + slice.ref());
      }
      ObjectNode after = before.deepCopy();
      ArrayNode endpoints = after.putArray("endpoints");
      for (Pod pod : world.cluster().pods(from.podsOfDeployment())) {
        ObjectNode endpoint = endpoints.addObject();
        endpoint.putArray("addresses").add(pod.address());
        endpoint.set("conditions", from.conditions());
      }
      world.cluster().apply(List.of(after));
    }
  }

  private void expect(ObjectStep.ExpectObject expect) throws StepFailure {
    Matcher count = COUNT.matcher(expect.check().split(";", 2)[0].strip());
    if (!count.matches()) {
      throw new StepFailure("cannot check '" + expect.check() + "'");
    }
    int seen;
    if (expect.kind().equals("PodList") && expect.selector() != null) {
      seen = world.cluster().pods(expect.selector().deployment()).size();
    } else if (expect.name() != null) {
      JsonNode part = world.cluster().find(expect.kind(), expect.name());
      for (String name : count.group(1).split("\\.")) {
        part = part == null ? null : part.path(name);
      }
      seen = part == null ? 0 : part.size();
    } else {
      throw new StepFailure("cannot look for " + expect.kind());
    }
    int wanted = Integer.parseInt(count.group(3));
    if (count.group(2).equals("==") ? seen != wanted : seen <= wanted) {
      throw new StepFailure("expected " + expect.check() + ", seen " + seen);
    }
  }

  private void generationChanged(ObjectStep.GenerationChanged step)
      throws StepFailure, InterruptedException {
    ObjectKey key = ObjectKey.of(step.kind(), step.name());
    Long first = generations.get(step.subtest() + " " + key);
    if (first == null) {
      throw new StepFailure("no generation of " + key + " was seen before");
    }
    Eventually.once(
        world.limits().status(),
        () ->
            StatusChecks.generation(world.object(step.kind(), step.name())) == first
                ? List.of("expected a generation other than " + first)
                : List.of());
  }
}
