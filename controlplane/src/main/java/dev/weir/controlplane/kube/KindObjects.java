package dev.weir.controlplane.kube;

import dev.weir.controlplane.decode.Decoded;
import dev.weir.controlplane.decode.Metadata;
import dev.weir.controlplane.decode.ObjectDecoder;
import dev.weir.core.api.Kind;
import dev.weir.core.api.KubeObject;
import dev.weir.core.api.ObjectMeta;
import dev.weir.core.api.ObjectType;
import dev.weir.core.api.k8s.Service;
import dev.weir.core.problem.ObjectRef;
import dev.weir.core.problem.Problem;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The objects of one type, as the API server told last. Changed by one thread at a time, read by
 * any.
 */
final class KindObjects {
  private static final String SOURCE = "the API server";

  private final ObjectType<?> type;
  private final boolean hasStatus;
  private final ObjectDecoder decoder;
  private final Map<ObjectRef, Held> held = new ConcurrentHashMap<>();

  /** Those of which there is more to tell than the object. */
  private final Set<ObjectRef> notable = ConcurrentHashMap.newKeySet();

  private final Set<ObjectRef> touched = ConcurrentHashMap.newKeySet();

  KindObjects(ObjectType<?> type) {
    this.type = type;
    this.hasStatus = hasStatus(type);
    this.decoder = new ObjectDecoder(List.of(type));
  }

  /** Whether Weir writes status of a type: of the kinds of others it only reads a part. */
  static boolean hasStatus(ObjectType<?> type) {
    return type.layout() == ObjectType.Layout.SPEC;
  }

  ObjectType<?> type() {
    return type;
  }

  Collection<Held> all() {
    return held.values();
  }

  /** Those that have problems, or refer to Secrets or ConfigMaps. */
  Collection<Held> notable() {
    return notable.stream().map(held::get).filter(Objects::nonNull).toList();
  }

  @Nullable Held get(ObjectRef ref) {
    return held.get(ref);
  }

  /** What came, went or changed since this was asked last; each is told at least once. */
  List<ObjectRef> takeTouched() {
    List<ObjectRef> taken = List.copyOf(touched);
    // Before anybody looks at them: what changes after that is told again.
    taken.forEach(touched::remove);
    return taken;
  }

  /** Lets an object be told of as if it had changed. */
  void touch(ObjectRef ref) {
    touched.add(ref);
  }

  private void keep(Held next) {
    held.put(next.ref(), next);
    if (next.problems().isEmpty() && next.references().isEmpty()) {
      notable.remove(next.ref());
    } else {
      notable.add(next.ref());
    }
    touch(next.ref());
  }

  private boolean forget(ObjectRef ref) {
    boolean there = held.remove(ref) != null;
    notable.remove(ref);
    touch(ref);
    return there;
  }

  /** What a change means. */
  enum Change {
    /** Nothing. */
    NONE,
    /** Its status, or what else Weir does not read, is another: no reason to translate. */
    STATUS,
    /** What Weir reads is another. */
    CONTENT
  }

  /** Takes a new version of an object. */
  Change put(GenericKubernetesResource object) {
    ObjectRef ref = ref(object);
    Held before = held.get(ref);
    io.fabric8.kubernetes.api.model.ObjectMeta meta = object.getMetadata();
    String version = text(meta.getResourceVersion());
    if (before != null && before.resourceVersion().equals(version)) {
      return Change.NONE;
    }
    Held.Seen seen =
        new Held.Seen(
            text(meta.getUid()),
            meta.getGeneration() == null ? 0 : meta.getGeneration(),
            meta.getLabels() == null ? Map.of() : meta.getLabels(),
            ObjectTree.annotations(meta),
            meta.getDeletionTimestamp());
    String status = status(object);
    Held after =
        before != null && before.seen().same(seen)
            ? before.of(version, status)
            : decoded(ref, before, object, seen, version, status);
    keep(after);
    return before != null && isSame(before, after) ? Change.STATUS : Change.CONTENT;
  }

  /** Whether proxies are reached at a Service: its status says where. */
  private boolean isOfProxies(io.fabric8.kubernetes.api.model.ObjectMeta meta) {
    return type.equals(Service.TYPE)
        && meta.getLabels() != null
        && ObjectApplier.MANAGED_BY.equals(meta.getLabels().get(ObjectApplier.MANAGED_LABEL));
  }

  @SuppressWarnings("ReferenceEquality") // what did not change is kept as it is
  private boolean isSame(Held before, Held after) {
    return before.object() == after.object()
        && before.problems().equals(after.problems())
        && (hasStatus || Objects.equals(before.status(), after.status()));
  }

  private Held decoded(
      ObjectRef ref,
      @Nullable Held before,
      GenericKubernetesResource object,
      Held.Seen seen,
      String version,
      @Nullable String status) {
    Decoded decoded = decoder.decode(ObjectTree.of(object), SOURCE).getFirst();
    KubeObject<?> old = before == null ? null : before.object();
    Decoded.Content<?> content = decoded.content();
    if (content == null) {
      List<Problem> problems = new ArrayList<>(decoded.problems());
      if (old != null) {
        problems.add(Decoded.lastGoodVersion(old, null));
      }
      Set<ObjectRef> references = before == null ? Set.of() : before.references();
      return new Held(ref, old, seen, version, status, List.copyOf(problems), references);
    }
    KubeObject<?> next = object(ref, content, old, seen, version);
    return new Held(ref, next, seen, version, status, decoded.problems(), References.of(next));
  }

  /** The object; the very same as before if nothing but its resourceVersion changed. */
  private <S extends Record> KubeObject<S> object(
      ObjectRef ref,
      Decoded.Content<S> content,
      @Nullable KubeObject<?> old,
      Held.Seen seen,
      String version) {
    Metadata written = content.metadata();
    KubeObject<S> before = old == null ? null : cast(old);
    boolean sameSpec = before != null && before.spec().equals(content.spec());
    ObjectMeta meta =
        new ObjectMeta(
            ref.name(),
            ref.namespace(),
            seen.uid(),
            seen.generation(),
            version,
            written.labels(),
            written.annotations(),
            Objects.requireNonNullElse(written.creationTimestamp(), Instant.EPOCH),
            written.deletionTimestamp());
    if (before != null && sameSpec && sameBut(meta, before.meta())) {
      return before;
    }
    S spec = before != null && sameSpec ? before.spec() : content.spec();
    return new KubeObject<>(content.type(), ref, meta, spec);
  }

  private static boolean sameBut(ObjectMeta meta, ObjectMeta before) {
    return new ObjectMeta(
            meta.name(),
            meta.namespace(),
            meta.uid(),
            meta.generation(),
            before.resourceVersion(),
            meta.labels(),
            meta.annotations(),
            meta.creationTimestamp(),
            meta.deletionTimestamp())
        .equals(before);
  }

  @SuppressWarnings("unchecked") // all objects here are of the one type
  private static <S extends Record> KubeObject<S> cast(KubeObject<?> object) {
    return (KubeObject<S>) object;
  }

  private @Nullable String status(GenericKubernetesResource object) {
    boolean read = hasStatus || isOfProxies(object.getMetadata());
    Object status = read ? object.getAdditionalProperties().get("status") : null;
    return status == null ? null : ApiConnection.JSON.writeValueAsString(status);
  }

  /** Forgets an object; whether it was there. */
  boolean remove(String namespace, String name) {
    return forget(ref(namespace, name));
  }

  /** Forgets all but these; whether some were there. */
  boolean retain(Set<String> keys) {
    boolean some = false;
    for (ObjectRef ref : held.keySet()) {
      String key = ref.namespace().isEmpty() ? ref.name() : ref.namespace() + "/" + ref.name();
      if (!keys.contains(key)) {
        some |= forget(ref);
      }
    }
    return some;
  }

  private ObjectRef ref(GenericKubernetesResource object) {
    return ref(text(object.getMetadata().getNamespace()), object.getMetadata().getName());
  }

  private ObjectRef ref(String namespace, String name) {
    Kind kind = type.kind();
    return new ObjectRef(
        kind.group(), kind.kind(), kind.scope() == Kind.Scope.CLUSTER ? "" : namespace, name);
  }

  private static String text(@Nullable String text) {
    return text == null ? "" : text;
  }
}
