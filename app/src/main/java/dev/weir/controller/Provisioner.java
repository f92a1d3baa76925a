package dev.weir.controller;

import dev.weir.controlplane.deploy.DeployedObject;
import dev.weir.controlplane.kube.ObjectApplier;
import dev.weir.core.problem.ObjectRef;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the objects at the API server that run the proxies of Gateways: applies what has changed at
 * once and everything once in a while, while it leads. Thread-safe.
 */
final class Provisioner implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Provisioner.class);

  /** How soon is tried again what the server did not take. */
  private static final Duration RETRY = Duration.ofSeconds(5);

  /** How often everything is applied anew, should somebody have changed it. */
  private static final Duration RENEWAL = Duration.ofMinutes(5);

  private final ObjectApplier applier;
  private final BooleanSupplier leading;
  private final SerialThread thread = new SerialThread("weir-provision");
  private volatile Map<ObjectRef, List<DeployedObject>> wanted = Map.of();

  /** Touched by {@link #thread} alone. */
  private final Map<ObjectRef, List<DeployedObject>> applied = new HashMap<>();

  private final Map<ObjectRef, String> complaints = new HashMap<>();
  private boolean retrying;

  Provisioner(ObjectApplier applier, BooleanSupplier leading) {
    this.applier = applier;
    this.leading = leading;
    thread.every(RENEWAL, this::applyAnew);
  }

  /**
   * What has to be there from now on.
   *
   * @param objects of each Gateway; a Gateway that is missing keeps what it has
   */
  void want(Map<ObjectRef, List<DeployedObject>> objects) {
    wanted = Map.copyOf(objects);
    thread.run(this::apply);
  }

  /** Looks at everything again: leadership was won. */
  void lead() {
    thread.run(this::applyAnew);
  }

  private void applyAnew() {
    applied.clear();
    apply();
  }

  private void apply() {
    Map<ObjectRef, List<DeployedObject>> now = wanted;
    applied.keySet().retainAll(now.keySet());
    now.forEach((gateway, objects) -> {
      if (leading.getAsBoolean() && !objects.equals(applied.get(gateway))) {
        apply(gateway, objects);
      }
    });
  }

  private void apply(ObjectRef gateway, List<DeployedObject> objects) {
    try {
      applier.reconcile(gateway, objects.stream().map(DeployedObject::content).toList());
      applied.put(gateway, objects);
      complaints.remove(gateway);
    } catch (IOException e) {
      String message = String.valueOf(e.getMessage());
      if (!message.equals(complaints.put(gateway, message))) {
        log.warn("the proxies of {} cannot be provisioned: {}", gateway, message);
      }
      retryLater();
    }
  }

  private void retryLater() {
    if (!retrying) {
      retrying = true;
      thread.later(
          RETRY,
          () -> {
            retrying = false;
            apply();
          });
    }
  }

  /** Changes nothing more. */
  @Override
  public void close() {
    thread.close();
  }
}
