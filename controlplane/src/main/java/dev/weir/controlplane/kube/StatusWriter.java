package dev.weir.controlplane.kube;

import dev.weir.controlplane.kube.ApiConnection.Answer;
import dev.weir.controlplane.kube.ApiConnection.Body;
import dev.weir.controlplane.status.ObjectStatus;
import dev.weir.controlplane.status.StatusText;
import dev.weir.core.problem.ObjectRef;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Brings the status of objects at the API server to what Weir has to say: server-side apply on the
 * {@code status} subresource, only where it differs, only while leading. Several objects at a time;
 * what fails is tried again. Thread-safe.
 */
public final class StatusWriter implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(StatusWriter.class);

  /** Who Weir is among those that write fields of objects. */
  public static final String FIELD_MANAGER = "weir.dev/gateway-controller";

  /** Of every server-side apply. */
  static final String APPLY_QUERY =
      "fieldManager=" + FIELD_MANAGER.replace("/", "%2F") + "&force=true";

  /** Objects that are written at the same time. */
  private static final int CONCURRENCY = 16;

  /** How often a write is tried at once against a version that changes under it. */
  private static final int CONFLICTS = 5;

  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);

  /** When to try again what the server refuses for a reason of its own. */
  private static final Duration REFUSED = Duration.ofSeconds(60);

  private final ApiConnection api;
  private final ClusterWatch cluster;
  private final StatusMerge merge;
  private final BooleanSupplier leading;
  private final LongAdder writes = new LongAdder();
  private final LongAdder refusals = new LongAdder();
  private final LongAdder conflicts = new LongAdder();
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("weir-status").daemon().factory());

  private final Map<ObjectRef, ObjectStatus> wanted = new HashMap<>();
  private final Map<ObjectRef, Written> written = new HashMap<>();
  private final LinkedHashSet<ObjectRef> queue = new LinkedHashSet<>();
  private final Set<ObjectRef> running = new HashSet<>();
  private final Set<String> complaints = new HashSet<>();
  private Duration pause = FIRST_PAUSE;
  private boolean paused;
  private boolean begun;
  private boolean closed;

  /**
   * What the server answered to a write, which counts until the watch tells something newer.
   *
   * @param before what was known when it was written
   */
  private record Written(@Nullable Held before, String resourceVersion, String status) {}

  /** The base of a write. */
  private record Base(String resourceVersion, @Nullable String status) {}

  /**
   * A writer that writes nothing yet.
   *
   * @param leading asked before every request
   */
  public StatusWriter(
      ApiConnection api, ClusterWatch cluster, String controllerName, BooleanSupplier leading) {
    this.api = api;
    this.cluster = cluster;
    this.merge = new StatusMerge(controllerName);
    this.leading = leading;
    cluster.onStatus(this::changedAtServer);
  }

  /** The status of all objects that Weir has something to say about; replaces what was before. */
  public void want(Collection<ObjectStatus> statuses) {
    boolean first = replace(statuses);
    if (first) {
      lead();
    }
  }

  private synchronized boolean replace(Collection<ObjectStatus> statuses) {
    for (ObjectStatus status : statuses) {
      if (!status.equals(wanted.put(status.object(), status))) {
        queue.add(status.object());
      }
    }
    if (wanted.size() > statuses.size()) {
      Set<ObjectRef> all = statuses.stream().map(ObjectStatus::object).collect(Collectors.toSet());
      Set<ObjectRef> gone = new HashSet<>(wanted.keySet());
      gone.removeAll(all);
      wanted.keySet().removeAll(gone);
      queue.addAll(gone);
    }
    pump();
    boolean first = !begun;
    begun = true;
    return first;
  }

  /** Looks at everything again: leadership was won. */
  public void lead() {
    List<Held> all = cluster.custom();
    synchronized (this) {
      if (!begun) {
        return; // the first statuses come by and by
      }
      written.clear();
      queue.addAll(wanted.keySet());
      for (Held held : all) {
        if (!wanted.containsKey(held.ref()) && merge.hasEntry(held.status())) {
          queue.add(held.ref());
        }
      }
      pump();
    }
  }

  /** Whether nothing is left to be written, as far as is known. */
  public synchronized boolean idle() {
    return queue.isEmpty() && running.isEmpty();
  }

  /** Requests that changed a status. */
  public long writes() {
    return writes.sum();
  }

  /** Requests that the server refused, or did not answer. */
  public long failures() {
    return refusals.sum();
  }

  /** Requests that came too late for the version that they were made for. */
  public long conflicts() {
    return conflicts.sum();
  }

  private void changedAtServer(ObjectRef ref) {
    Held held = cluster.held(ref);
    synchronized (this) {
      Written ours = written.get(ref);
      if (held == null) {
        written.remove(ref);
      } else if (ours != null && ours.resourceVersion.equals(held.resourceVersion())) {
        return; // our own write
      }
      // Of an object that is new, nothing is known yet: its entries are not to be taken away.
      if (wanted.containsKey(ref)) {
        queue.add(ref);
        pump();
      }
    }
  }

  /** Starts as many writes as may run. */
  private synchronized void pump() {
    if (closed || paused) {
      return;
    }
    if (!leading.getAsBoolean()) {
      queue.clear(); // all is looked at again when leadership is won
      return;
    }
    Iterator<ObjectRef> next = queue.iterator();
    while (running.size() < CONCURRENCY && next.hasNext()) {
      ObjectRef ref = next.next();
      if (running.add(ref)) {
        next.remove();
        Thread.ofVirtual().name("weir-status-" + ref).start(() -> run(ref));
      }
    }
  }

  private void run(ObjectRef ref) {
    boolean again = false;
    try {
      again = !write(ref);
    } catch (IOException e) {
      refusals.increment();
      log.debug("status of {} not written", ref, e);
      again = true;
    } catch (RuntimeException e) {
      refusals.increment();
      log.error("status of {} cannot be written", ref, e);
    }
    synchronized (this) {
      running.remove(ref);
      if (again) {
        queue.add(ref);
        pauseAll();
      } else {
        pause = FIRST_PAUSE;
      }
      pump();
    }
  }

  /** The server has trouble: leave it alone for a while, the longer the longer it lasts. */
  private void pauseAll() {
    if (!paused && !closed) {
      paused = true;
      later(
          () -> {
            paused = false;
            pump();
          },
          pause);
      pause =
          pause.multipliedBy(2).compareTo(LONGEST_PAUSE) > 0
              ? LONGEST_PAUSE
              : pause.multipliedBy(2);
    }
  }

  private void later(Runnable task, Duration delay) {
    try {
      timer.schedule(
          () -> {
            synchronized (this) {
              task.run();
            }
          },
          delay.toMillis(),
          TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      log.debug("closed");
    }
  }

  /**
   * Brings one status to what is wanted.
   *
   * @return false to try again later
   */
  private boolean write(ObjectRef ref) throws IOException {
    Held held = cluster.held(ref);
    if (held == null || held.object() == null) {
      return true; // deleted, or never valid
    }
    ClusterWatch.Address address = cluster.address(ref);
    if (address == null) {
      return true; // its CRD is gone
    }
    Base base = base(held);
    for (int attempt = 0; attempt < CONFLICTS; attempt++) {
      ObjectStatus status;
      synchronized (this) {
        status = wanted.get(ref);
      }
      JsonNode there =
          base.status == null
              ? ApiConnection.JSON.missingNode()
              : ApiConnection.JSON.readTree(base.status);
      if (status == null && !merge.hasEntry(base.status)) {
        return true;
      }
      ObjectNode ours = status == null ? merge.without(there) : content(status);
      ObjectNode merged = merge.merge(ours, there);
      if (StatusMerge.covers(there, merged)) {
        return true;
      }
      if (!leading.getAsBoolean()) {
        return true;
      }
      Answer answer = apply(ref, address, base, merged);
      switch (answer.code()) {
        case 200, 201, 202 -> {
          writes.increment();
          wrote(ref, held, answer.json());
          return true;
        }
        case 404 -> {
          return true;
        }
        case 409 -> {
          conflicts.increment();
          Answer now = api.get(address.path());
          if (!now.ok()) {
            return now.code() == 404;
          }
          base = base(now.json());
        }
        case 429, 500, 502, 503, 504 -> {
          refusals.increment();
          return false;
        }
        default -> {
          refusals.increment();
          refused(ref, answer);
          return true;
        }
      }
    }
    return false;
  }

  private synchronized Base base(Held held) {
    Written ours = written.get(held.ref());
    return ours != null && sameInstance(ours.before, held)
        ? new Base(ours.resourceVersion, ours.status)
        : new Base(held.resourceVersion(), held.status());
  }

  @SuppressWarnings("ReferenceEquality") // each event makes a new one
  private static boolean sameInstance(@Nullable Held one, Held other) {
    return one == other;
  }

  private static Base base(JsonNode object) {
    JsonNode status = object.path("status");
    return new Base(
        object.path("metadata").path("resourceVersion").asString(""),
        status.isMissingNode() ? null : ApiConnection.JSON.writeValueAsString(status));
  }

  private static ObjectNode content(ObjectStatus status) {
    // By way of text, so that numbers are of the types that a parser gives them.
    JsonNode tree =
        ApiConnection.JSON.readTree(
            ApiConnection.JSON.writeValueAsString(StatusText.document(status).get("status")));
    return (ObjectNode) tree;
  }

  private Answer apply(ObjectRef ref, ClusterWatch.Address address, Base base, ObjectNode status)
      throws IOException {
    ObjectNode object = ApiConnection.JSON.createObjectNode();
    object.put("apiVersion", address.apiVersion()).put("kind", ref.kind());
    ObjectNode metadata = object.putObject("metadata");
    metadata.put("name", ref.name());
    if (!ref.namespace().isEmpty()) {
      metadata.put("namespace", ref.namespace());
    }
    // Of another version the lists may have other entries: 409 then, and not one of them lost.
    metadata.put("resourceVersion", base.resourceVersion);
    object.set("status", status);
    return api.call(
        "PATCH",
        address.path() + "/status?" + APPLY_QUERY,
        Body.APPLY,
        ApiConnection.JSON.writeValueAsString(object));
  }

  private synchronized void wrote(ObjectRef ref, Held before, JsonNode object) {
    JsonNode status = object.path("status");
    written.put(
        ref,
        new Written(
            before,
            object.path("metadata").path("resourceVersion").asString(""),
            ApiConnection.JSON.writeValueAsString(status)));
  }

  private synchronized void refused(ObjectRef ref, Answer answer) {
    if (complaints.add(ref.kind() + answer.code())) {
      log.error("the API server refuses the status of {}: {}", ref, answer.message());
    }
    later(
        () -> {
          queue.add(ref);
          pump();
        },
        REFUSED);
  }

  /** Writes no more; what is on its way may arrive. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      queue.clear();
    }
    timer.shutdownNow();
  }
}
