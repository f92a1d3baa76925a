package dev.weir.controlplane.kube;

import dev.weir.controlplane.kube.KindObjects.Change;
import dev.weir.controlplane.resolve.ConditionType;
import dev.weir.controlplane.state.ClusterState;
import dev.weir.core.api.Kind;
import dev.weir.core.api.KubeObject;
import dev.weir.core.api.ObjectType;
import dev.weir.core.api.gateway.Gateway;
import dev.weir.core.api.gateway.GatewayAddress;
import dev.weir.core.api.k8s.ConfigMap;
import dev.weir.core.api.k8s.Secret;
import dev.weir.core.api.k8s.Service;
import dev.weir.core.problem.ObjectRef;
import dev.weir.core.problem.Problem;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * Follows the objects of the API server: of Gateway API and of Weir as far as their CRDs are
 * installed, Services, EndpointSlices and Namespaces, and of Secrets and ConfigMaps those that
 * something refers to. Makes one state of them, and a new one after changes; nothing is told before
 * everything was read once.
 */
public final class ClusterWatch implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ClusterWatch.class);

  /** A change is told when nothing more came for this long. */
  private static final Duration QUIET = Duration.ofMillis(20);

  /** A change is told no later than this. */
  private static final Duration PATIENCE = Duration.ofMillis(200);

  /** How long a state waits for a Secret that it refers to and that was not read yet. */
  private static final Duration REFERENCE_PATIENCE = Duration.ofSeconds(5);

  /** How often the API server is asked whether it is there. */
  private static final Duration PROBE = Duration.ofSeconds(5);

  /** How long a start may take before the log says what is missing. */
  private static final Duration SLOW_START = Duration.ofSeconds(10);

  /** Groups that every API server has; the kinds of others come with CRDs. */
  private static final Set<String> BUILT_IN = Set.of("", "discovery.k8s.io");

  private static final Kind CRD =
      Kind.cluster(
          "apiextensions.k8s.io", "v1", "CustomResourceDefinition", "customresourcedefinitions");

  /**
   * What the API server holds.
   *
   * @param state all objects; those that did not change are the same instances as before
   * @param problems of objects that cannot be read
   * @param reached at which addresses the Services of proxies are reached, as far as they are known
   */
  public record Observed(
      ClusterState state, List<Problem> problems, Map<ObjectRef, List<GatewayAddress>> reached) {
    public Observed {
      problems = List.copyOf(problems);
      reached = Map.copyOf(reached);
    }
  }

  private final ApiConnection api;
  private final Consumer<Observed> listener;
  private final Map<ObjectType<?>, KindWatch> kinds = new HashMap<>();
  private final Map<ObjectRef, ReferenceWatch> referenced = new HashMap<>();
  private final ScheduledExecutorService control =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("weir-kube").daemon().factory());
  private final Debounce debounce = new Debounce(control, QUIET, PATIENCE, this::publish);
  private volatile Consumer<ObjectRef> statusListener = ref -> {};
  private volatile int referencedCount;
  private boolean published;
  private boolean absent;
  private @Nullable Observed last;

  /**
   * Objects of one type, and who watches them.
   *
   * <p>Changed on the control thread alone, but for {@code objects}.
   */
  private static final class KindWatch {
    final KindObjects objects;
    @Nullable Watching crd;
    @Nullable CrdVersions versions;
    @Nullable Watching watching;
    volatile @Nullable String version;
    volatile boolean listed;

    KindWatch(ObjectType<?> type) {
      this.objects = new KindObjects(type);
    }

    /** Whether all is known that there is, be it nothing. */
    boolean synced() {
      return watching == null ? crd != null && versions != null : listed;
    }

    /** What a start waits for. */
    String missing() {
      return watching == null
          ? "CRD " + CrdVersions.name(objects.type())
          : objects.type().kind().plural();
    }
  }

  /** A Secret or ConfigMap that something refers to. */
  private static final class ReferenceWatch {
    final long since = System.nanoTime();
    @Nullable Watching watching;
    volatile boolean listed;

    boolean settled() {
      return listed || System.nanoTime() - since >= REFERENCE_PATIENCE.toNanos();
    }

    void close() {
      if (watching != null) {
        watching.close();
      }
    }
  }

  private ClusterWatch(
      ApiConnection api, Collection<ObjectType<?>> types, Consumer<Observed> listener) {
    this.api = api;
    this.listener = listener;
    types.forEach(type -> kinds.put(type, new KindWatch(type)));
  }

  /**
   * Starts to watch.
   *
   * @param types the kinds to read; their CRDs need not be there
   * @param listener is told of every new state, on one thread
   */
  public static ClusterWatch start(
      ApiConnection api, Collection<ObjectType<?>> types, Consumer<Observed> listener) {
    ClusterWatch watch = new ClusterWatch(api, types, listener);
    watch.control.execute(watch::begin);
    watch.control.scheduleWithFixedDelay(
        watch::probe, PROBE.toMillis(), PROBE.toMillis(), TimeUnit.MILLISECONDS);
    watch.control.schedule(watch::sayWhatIsMissing, SLOW_START.toMillis(), TimeUnit.MILLISECONDS);
    return watch;
  }

  private void begin() {
    kinds.forEach((type, kind) -> {
      if (isReferenced(type)) {
        return;
      }
      if (!BUILT_IN.contains(type.kind().group())) {
        ObjectRef crd = new ObjectRef(CRD.group(), CRD.kind(), "", CrdVersions.name(type));
        kind.crd =
            Watching.one(api, ApiPaths.context(CRD, CRD.version()), crd, new CrdReceiver(kind));
      } else {
        watch(kind, type.kind().version());
      }
    });
  }

  /** Whether objects of a type are read only if something refers to them. */
  private static boolean isReferenced(ObjectType<?> type) {
    return type.equals(Secret.TYPE) || type.equals(ConfigMap.TYPE);
  }

  private void watch(KindWatch kind, String version) {
    kind.version = version;
    kind.listed = false;
    ObjectType<?> type = kind.objects.type();
    kind.watching =
        Watching.all(api, ApiPaths.context(type.kind(), version), new ObjectReceiver(kind));
  }

  private void stop(KindWatch kind) {
    if (kind.watching != null) {
      kind.watching.close();
      kind.watching = null;
      kind.version = null;
    }
  }

  /** A CRD was installed, changed or removed. */
  private void versions(KindWatch kind, CrdVersions versions) {
    ObjectType<?> type = kind.objects.type();
    if (versions.equals(kind.versions)) {
      return;
    }
    kind.versions = versions;
    String usable = versions.usable(type);
    if (usable == null) {
      log.warn(versions.line(type));
      stop(kind);
      kind.objects.retain(Set.of());
    } else if (!usable.equals(kind.version)) {
      log.info(versions.line(type));
      stop(kind);
      watch(kind, usable);
    }
    debounce.changed();
  }

  /** Tells of the objects as they are now, unless something is still to be read. */
  @SuppressWarnings("ReferenceEquality") // a state without changes is the same instance
  private void publish() {
    if (!kinds.values().stream().allMatch(k -> isReferenced(k.objects.type()) || k.synced())) {
      return;
    }
    if (!followReferences()) {
      return;
    }
    Observed before = last;
    ClusterState state = follow(before == null ? ClusterState.EMPTY : before.state());
    Observed observed = new Observed(state, problems(), reached());
    if (!published) {
      log.info("{} objects read from {}", observed.state().size(), api.server());
    }
    published = true;
    if (before == null
        || before.state() != state
        || !before.problems().equals(observed.problems())
        || !before.reached().equals(observed.reached())) {
      last = observed;
      try {
        listener.accept(observed);
      } catch (RuntimeException e) {
        // The next change must still be told.
        log.error("a new state of the objects could not be used", e);
      }
    }
  }

  /** A state, and what has changed since. */
  @SuppressWarnings("ReferenceEquality") // an object that did not change is the same instance
  private ClusterState follow(ClusterState state) {
    List<KubeObject<?>> gone = new ArrayList<>();
    List<KubeObject<?>> come = new ArrayList<>();
    for (KindWatch kind : kinds.values()) {
      for (ObjectRef ref : kind.objects.takeTouched()) {
        Held held = kind.objects.get(ref);
        KubeObject<?> now = held == null || !isUsed(kind, ref) ? null : held.object();
        KubeObject<?> then = state.object(kind.objects.type(), ref.namespace(), ref.name());
        if (now != then) {
          if (now != null) {
            come.add(now);
          } else if (then != null) {
            gone.add(then);
          }
        }
      }
    }
    return state.changed(gone, come);
  }

  private List<Problem> problems() {
    List<Problem> problems = new ArrayList<>();
    for (KindWatch kind : kinds.values()) {
      for (Held held : kind.objects.notable()) {
        if (isUsed(kind, held.ref())) {
          problems.addAll(held.problems());
        }
      }
    }
    problems.sort(Comparator.comparing(Problem::toString));
    return problems;
  }

  private boolean isUsed(KindWatch kind, ObjectRef ref) {
    return !isReferenced(kind.objects.type()) || referenced.containsKey(ref);
  }

  private Map<ObjectRef, List<GatewayAddress>> reached() {
    Map<ObjectRef, List<GatewayAddress>> reached = new HashMap<>();
    KindWatch services = kinds.get(Service.TYPE);
    if (services != null) {
      for (Held held : services.objects.all()) {
        if (held.status() != null && held.object() != null) {
          reached.put(held.ref(), ServiceAddresses.of(held.object(), held.status()));
        }
      }
    }
    return reached;
  }

  /** Watches the Secrets and ConfigMaps that objects refer to now; whether all have been read. */
  private boolean followReferences() {
    Set<ObjectRef> wanted = new HashSet<>();
    for (KindWatch kind : kinds.values()) {
      kind.objects.notable().forEach(held -> wanted.addAll(held.references()));
    }
    referenced
        .entrySet()
        .removeIf(entry -> {
          boolean gone = !wanted.contains(entry.getKey());
          if (gone) {
            entry.getValue().close();
            KindWatch kind = kind(entry.getKey());
            if (kind != null) {
              kind.objects.remove(entry.getKey().namespace(), entry.getKey().name());
            }
          }
          return gone;
        });
    for (ObjectRef ref : wanted) {
      KindWatch kind = kind(ref);
      if (kind != null && !referenced.containsKey(ref)) {
        ReferenceWatch watch = new ReferenceWatch();
        referenced.put(ref, watch);
        kind.objects.touch(ref);
        Kind type = kind.objects.type().kind();
        watch.watching =
            Watching.one(
                api,
                ApiPaths.context(type, type.version()),
                ref,
                new ReferenceReceiver(kind, ref, watch));
        control.schedule(
            debounce::changed, REFERENCE_PATIENCE.toMillis() + 1, TimeUnit.MILLISECONDS);
      }
    }
    referencedCount = referenced.size();
    return referenced.values().stream().allMatch(ReferenceWatch::settled);
  }

  private @Nullable KindWatch kind(ObjectRef ref) {
    for (KindWatch kind : kinds.values()) {
      Kind type = kind.objects.type().kind();
      if (type.kind().equals(ref.kind()) && type.group().equals(ref.group())) {
        return kind;
      }
    }
    return null;
  }

  private void probe() {
    try {
      api.get("/version");
    } catch (IOException e) {
      absent = true;
      return;
    }
    if (absent) {
      absent = false;
      watches().forEach(Watching::restart);
    }
  }

  private List<Watching> watches() {
    List<Watching> all = new ArrayList<>();
    for (KindWatch kind : kinds.values()) {
      if (kind.crd != null) {
        all.add(kind.crd);
      }
      if (kind.watching != null) {
        all.add(kind.watching);
      }
    }
    for (ReferenceWatch watch : referenced.values()) {
      if (watch.watching != null) {
        all.add(watch.watching);
      }
    }
    return all;
  }

  private void sayWhatIsMissing() {
    if (!published) {
      log.warn(
          "nothing is served yet, these have not been read: {}",
          String.join(
              ", ",
              kinds.values().stream()
                  .filter(kind -> !isReferenced(kind.objects.type()) && !kind.synced())
                  .map(KindWatch::missing)
                  .sorted()
                  .toList()));
    }
  }

  /**
   * Who is told, on any thread, of an object whose status, or whatever else, changed at the server.
   */
  void onStatus(Consumer<ObjectRef> told) {
    statusListener = told;
  }

  /** What is remembered of an object; null if there is none. */
  @Nullable Held held(ObjectRef ref) {
    KindWatch kind = kind(ref);
    return kind == null ? null : kind.objects.get(ref);
  }

  /**
   * Where an object is in the API.
   *
   * @param apiVersion in which its kind is read
   */
  record Address(String apiVersion, String path) {}

  /** Where an object is; null if its kind is not read now. */
  @Nullable Address address(ObjectRef ref) {
    KindWatch watch = kind(ref);
    String version = watch == null ? null : watch.version;
    if (watch == null || version == null) {
      return null;
    }
    Kind kind = watch.objects.type().kind();
    return new Address(
        kind.group().isEmpty() ? version : kind.group() + "/" + version,
        ApiPaths.object(kind, version, ref));
  }

  /** The addresses that the status of each Gateway names now. */
  public Map<ObjectRef, List<String>> addressesInStatus() {
    Map<ObjectRef, List<String>> all = new HashMap<>();
    gatewayStatuses()
        .forEach((gateway, status) -> {
          List<String> addresses = new ArrayList<>();
          status.path("addresses").forEach(each -> addresses.add(each.path("value").asString("")));
          all.put(gateway, addresses);
        });
    return all;
  }

  /** The Gateways of which the status says now that proxies serve them. */
  public Set<ObjectRef> programmedInStatus() {
    Set<ObjectRef> programmed = new HashSet<>();
    gatewayStatuses()
        .forEach((gateway, status) -> {
          for (JsonNode condition : status.path("conditions")) {
            if (condition.path("type").asString("").equals(ConditionType.PROGRAMMED.text())
                && condition.path("status").asString("").equals("True")) {
              programmed.add(gateway);
            }
          }
        });
    return programmed;
  }

  private Map<ObjectRef, JsonNode> gatewayStatuses() {
    Map<ObjectRef, JsonNode> all = new HashMap<>();
    KindWatch gateways = kinds.get(Gateway.TYPE);
    if (gateways != null) {
      for (Held held : gateways.objects.all()) {
        if (held.status() != null) {
          all.put(held.ref(), ApiConnection.JSON.readTree(held.status()));
        }
      }
    }
    return all;
  }

  /** All objects whose status is ours to write. */
  List<Held> custom() {
    List<Held> all = new ArrayList<>();
    kinds.forEach((type, kind) -> {
      if (KindObjects.hasStatus(type)) {
        all.addAll(kind.objects.all());
      }
    });
    return all;
  }

  /** How many Secrets and ConfigMaps are watched. */
  public int referencedCount() {
    return referencedCount;
  }

  /** Ends all watches. */
  @Override
  public void close() {
    control.shutdownNow();
    try {
      if (!control.awaitTermination(10, TimeUnit.SECONDS)) {
        log.warn("the last state is still being told");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    watches().forEach(Watching::close);
  }

  private void onControl(Runnable task) {
    try {
      control.execute(task);
    } catch (RejectedExecutionException e) {
      log.debug("closed");
    }
  }

  private void took(Change change, ObjectRef ref) {
    switch (change) {
      case NONE -> {}
      case STATUS -> statusListener.accept(ref);
      case CONTENT -> {
        statusListener.accept(ref);
        debounce.changed();
      }
    }
  }

  /** Objects of a kind. */
  private class ObjectReceiver implements Watching.Receiver {
    final KindWatch kind;

    ObjectReceiver(KindWatch kind) {
      this.kind = kind;
    }

    @Override
    public void put(GenericKubernetesResource object) {
      Kind type = kind.objects.type().kind();
      String namespace = object.getMetadata().getNamespace();
      ObjectRef ref =
          new ObjectRef(
              type.group(),
              type.kind(),
              namespace == null ? "" : namespace,
              object.getMetadata().getName());
      took(kind.objects.put(object), ref);
    }

    @Override
    public void remove(String namespace, String name) {
      if (kind.objects.remove(namespace, name)) {
        debounce.changed();
      }
    }

    @Override
    public void listed(Set<String> keys) {
      kind.objects.retain(keys);
      kind.listed = true;
      debounce.changed();
    }
  }

  /** The one object of a name. */
  private final class ReferenceReceiver extends ObjectReceiver {
    private final ObjectRef ref;
    private final ReferenceWatch watch;

    ReferenceReceiver(KindWatch kind, ObjectRef ref, ReferenceWatch watch) {
      super(kind);
      this.ref = ref;
      this.watch = watch;
    }

    @Override
    public void listed(Set<String> keys) {
      if (keys.isEmpty()) {
        kind.objects.remove(ref.namespace(), ref.name());
      }
      watch.listed = true;
      debounce.changed();
    }
  }

  /** The CRD of a kind. */
  private final class CrdReceiver implements Watching.Receiver {
    private final KindWatch kind;

    CrdReceiver(KindWatch kind) {
      this.kind = kind;
    }

    @Override
    public void put(GenericKubernetesResource object) {
      CrdVersions versions = CrdVersions.of(object);
      onControl(() -> versions(kind, versions));
    }

    @Override
    public void remove(String namespace, String name) {
      onControl(() -> versions(kind, CrdVersions.MISSING));
    }

    @Override
    public void listed(Set<String> keys) {
      if (keys.isEmpty()) {
        onControl(() -> versions(kind, CrdVersions.MISSING));
      }
    }
  }
}
