package dev.weir.controlplane.kube;

import dev.weir.controlplane.kube.ApiConnection.Answer;
import dev.weir.controlplane.kube.ApiConnection.Body;
import dev.weir.core.problem.ObjectRef;
import dev.weir.core.problem.Problem;
import dev.weir.core.problem.Severity;
import java.io.IOException;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Tells of errors in objects by Events ({@code events.k8s.io/v1}): each error once, until it went
 * away and came back. A few a second; when there are too many the rest is dropped, since all of
 * them stand in the log and at {@code /problems} too. Thread-safe.
 */
public final class EventWriter implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(EventWriter.class);

  /** Events a second. */
  private static final int RATE = 10;

  /** Events that may wait. */
  private static final int WAITING = 500;

  /** The longest texts that the API takes. */
  private static final int LONGEST_NOTE = 1024;

  private static final int LONGEST_REASON = 128;
  private static final int LONGEST_PREFIX = 230;

  private static final DateTimeFormatter MICROS =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private final ApiConnection api;
  private final ClusterWatch cluster;
  private final String instance;
  private final BooleanSupplier leading;
  private final InstantSource clock;
  private final Deque<Problem> waiting = new ArrayDeque<>();
  private final LongAdder dropped = new LongAdder();
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("weir-events").daemon().factory());
  private Set<Problem> told = Set.of();
  private boolean complained;

  /**
   * A writer.
   *
   * @param instance the name of this process
   * @param leading asked before every Event
   */
  public EventWriter(
      ApiConnection api,
      ClusterWatch cluster,
      String instance,
      BooleanSupplier leading,
      InstantSource clock) {
    this.api = api;
    this.cluster = cluster;
    this.instance =
        instance.length() <= LONGEST_REASON ? instance : instance.substring(0, LONGEST_REASON);
    this.leading = leading;
    this.clock = clock;
    thread.scheduleWithFixedDelay(this::next, 0, 1_000_000 / RATE, TimeUnit.MICROSECONDS);
  }

  /** All that is wrong now. */
  public synchronized void tell(Collection<Problem> problems) {
    if (!leading.getAsBoolean()) {
      told = Set.of(); // whoever leads next tells what is wrong then
      waiting.clear();
      return;
    }
    Set<Problem> now = new HashSet<>();
    for (Problem problem : problems) {
      if (problem.severity() == Severity.ERROR && problem.object() != null && now.add(problem)) {
        if (!told.contains(problem)) {
          if (waiting.size() < WAITING) {
            waiting.add(problem);
          } else {
            dropped.increment();
          }
        }
      }
    }
    waiting.removeIf(problem -> !now.contains(problem));
    told = now;
  }

  /** Events that were not sent because there were too many. */
  public long dropped() {
    return dropped.sum();
  }

  private void next() {
    Problem problem;
    synchronized (this) {
      problem = waiting.poll();
    }
    if (problem == null || !leading.getAsBoolean()) {
      return;
    }
    try {
      send(problem);
    } catch (IOException e) {
      log.debug("no event for {}", problem, e);
      synchronized (this) {
        waiting.addFirst(problem);
      }
    } catch (RuntimeException e) {
      log.error("no event for {}", problem, e);
    }
  }

  private void send(Problem problem) throws IOException {
    ObjectRef ref = problem.object();
    Held held = ref == null ? null : cluster.held(ref);
    ClusterWatch.Address address = ref == null ? null : cluster.address(ref);
    if (ref == null || held == null) {
      return; // gone
    }
    String namespace = ref.namespace().isEmpty() ? "default" : ref.namespace();
    Answer answer =
        api.call(
            "POST",
            ApiPaths.collection("events.k8s.io", "v1", "events", namespace),
            Body.JSON,
            ApiConnection.JSON.writeValueAsString(
                event(
                    problem, ref, held, address == null ? "v1" : address.apiVersion(), namespace)));
    if (!answer.ok() && !complained) {
      complained = true;
      log.warn("the API server refuses events: {}", answer.message());
    }
  }

  private ObjectNode event(
      Problem problem, ObjectRef ref, Held held, String apiVersion, String namespace) {
    ObjectNode event = ApiConnection.JSON.createObjectNode();
    event.put("apiVersion", "events.k8s.io/v1").put("kind", "Event");
    event.putObject("metadata").put("name", name(ref)).put("namespace", namespace);
    event.put("eventTime", MICROS.format(clock.instant()));
    event.put("reportingController", StatusWriter.FIELD_MANAGER);
    event.put("reportingInstance", instance);
    event.put("action", "Translate");
    event.put("type", "Warning");
    event.put("reason", cut(problem.reason(), LONGEST_REASON));
    event.put(
        "note",
        cut(
            problem.path().isEmpty()
                ? problem.message()
                : problem.path() + ": " + problem.message(),
            LONGEST_NOTE));
    ObjectNode regarding = event.putObject("regarding");
    regarding.put("apiVersion", apiVersion).put("kind", ref.kind()).put("name", ref.name());
    if (!ref.namespace().isEmpty()) {
      regarding.put("namespace", ref.namespace());
    }
    regarding.put("uid", held.seen().uid()).put("resourceVersion", held.resourceVersion());
    return event;
  }

  private static String name(ObjectRef ref) {
    String prefix =
        ref.name().length() <= LONGEST_PREFIX
            ? ref.name()
            : ref.name().substring(0, LONGEST_PREFIX).replaceAll("[.-]+$", "");
    return prefix + "." + Long.toHexString(ThreadLocalRandom.current().nextLong() | Long.MIN_VALUE);
  }

  private static String cut(@Nullable String text, int length) {
    String whole = text == null ? "" : text;
    return whole.length() <= length ? whole : whole.substring(0, length - 1) + "…";
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
