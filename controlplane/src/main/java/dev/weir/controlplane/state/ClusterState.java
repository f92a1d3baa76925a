package dev.weir.controlplane.state;

import dev.weir.core.api.Kind;
import dev.weir.core.api.KubeObject;
import dev.weir.core.api.ObjectType;
import dev.weir.core.problem.ObjectRef;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedCollection;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * All objects at one moment. Immutable; objects that did not change are the same instances as in
 * the state before.
 */
public final class ClusterState {
  /** Nothing. */
  public static final ClusterState EMPTY = new ClusterState(Map.of());

  private static final Comparator<ObjectRef> ORDER =
      Comparator.comparing(ObjectRef::namespace).thenComparing(ObjectRef::name);

  private static final KubeObject<?>[] NONE = {};

  /** Sorted; no type without objects. */
  private final Map<ObjectType<?>, KubeObject<?>[]> objects;

  private ClusterState(Map<ObjectType<?>, KubeObject<?>[]> objects) {
    this.objects = objects;
  }

  /**
   * A state of these objects.
   *
   * @throws IllegalArgumentException if two have the same type and name
   */
  public static ClusterState of(Collection<? extends KubeObject<?>> objects) {
    Set<ObjectRef> names = HashSet.newHashSet(objects.size());
    for (KubeObject<?> object : objects) {
      if (!names.add(object.ref())) {
        throw new IllegalArgumentException("two objects are " + object.ref());
      }
    }
    return EMPTY.changed(List.of(), objects);
  }

  /** The same with one object more, or in place of the one of that name. */
  public ClusterState with(KubeObject<?> object) {
    return changed(List.of(), List.of(object));
  }

  /**
   * The state after a change.
   *
   * @param gone objects that are not there any more
   * @param come objects that are there now, instead of those of the same names
   */
  public ClusterState changed(
      Collection<? extends KubeObject<?>> gone, Collection<? extends KubeObject<?>> come) {
    if (gone.isEmpty() && come.isEmpty()) {
      return this;
    }
    Map<ObjectType<?>, SortedMap<ObjectRef, Optional<KubeObject<?>>>> byType = new HashMap<>();
    for (KubeObject<?> object : gone) {
      of(object.type(), byType).put(object.ref(), Optional.empty());
    }
    for (KubeObject<?> object : come) {
      of(object.type(), byType).put(object.ref(), Optional.of(object));
    }
    Map<ObjectType<?>, KubeObject<?>[]> next = new HashMap<>(objects);
    byType.forEach((type, changes) -> {
      KubeObject<?>[] changed = changed(array(type), changes);
      if (changed.length == 0) {
        next.remove(type);
      } else {
        next.put(type, changed);
      }
    });
    return new ClusterState(next);
  }

  private static SortedMap<ObjectRef, Optional<KubeObject<?>>> of(
      ObjectType<?> type,
      Map<ObjectType<?>, SortedMap<ObjectRef, Optional<KubeObject<?>>>> byType) {
    return byType.computeIfAbsent(type, t -> new TreeMap<>(ORDER));
  }

  private static KubeObject<?>[] changed(
      KubeObject<?>[] before, SortedMap<ObjectRef, Optional<KubeObject<?>>> changes) {
    KubeObject<?>[] next = Arrays.copyOf(before, before.length + changes.size());
    int from = 0;
    int to = 0;
    for (Map.Entry<ObjectRef, Optional<KubeObject<?>>> change : changes.entrySet()) {
      int found = find(before, from, change.getKey());
      int place = found >= 0 ? found : -found - 1;
      System.arraycopy(before, from, next, to, place - from);
      to += place - from;
      from = found >= 0 ? place + 1 : place;
      if (change.getValue().isPresent()) {
        next[to++] = change.getValue().get();
      }
    }
    System.arraycopy(before, from, next, to, before.length - from);
    return Arrays.copyOf(next, to + before.length - from);
  }

  /** Where an object is; if it is not there, -1 less the place where it would be. */
  private static int find(KubeObject<?>[] sorted, int from, ObjectRef ref) {
    int low = from;
    int high = sorted.length - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      int order = ORDER.compare(sorted[middle].ref(), ref);
      if (order == 0) {
        return middle;
      }
      if (order < 0) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return -low - 1;
  }

  private KubeObject<?>[] array(ObjectType<?> type) {
    return objects.getOrDefault(type, NONE);
  }

  /** The objects of a type, by namespace and name. */
  public <S extends Record> SequencedCollection<KubeObject<S>> objects(ObjectType<S> type) {
    return typed(type);
  }

  /**
   * The object of that name, or null.
   *
   * @param namespace empty for cluster-scoped types
   */
  public <S extends Record> @Nullable KubeObject<S> object(
      ObjectType<S> type, String namespace, String name) {
    ObjectRef ref = new ObjectRef(type.kind().group(), type.kind().kind(), namespace, name);
    int found = find(array(type), 0, ref);
    return found < 0 ? null : this.<S>typed(type).get(found);
  }

  /** The object of that name, or null. */
  public @Nullable KubeObject<?> object(ObjectRef ref) {
    for (ObjectType<?> type : objects.keySet()) {
      Kind kind = type.kind();
      if (kind.kind().equals(ref.kind()) && kind.group().equals(ref.group())) {
        return object(type, ref.namespace(), ref.name());
      }
    }
    return null;
  }

  /**
   * Whether {@code that} has the very same objects, those of some types aside: then a short cut for
   * changes of those types may be taken.
   */
  public boolean equalsBut(Set<ObjectType<?>> aside, ClusterState that) {
    Set<ObjectType<?>> types = new HashSet<>(objects.keySet());
    types.addAll(that.objects.keySet());
    types.removeAll(aside);
    return equalsIn(types, that);
  }

  /** Whether {@code that} has the very same objects of these types. */
  public boolean equalsIn(Set<ObjectType<?>> types, ClusterState that) {
    for (ObjectType<?> each : types) {
      if (!sameObjects(array(each), that.array(each))) {
        return false;
      }
    }
    return true;
  }

  /** The objects of some types. */
  public ClusterState only(Set<ObjectType<?>> types) {
    Map<ObjectType<?>, KubeObject<?>[]> some = new HashMap<>(objects);
    some.keySet().retainAll(types);
    return new ClusterState(some);
  }

  /** The same without objects of some types. */
  public ClusterState without(Set<ObjectType<?>> types) {
    Map<ObjectType<?>, KubeObject<?>[]> others = new HashMap<>(objects);
    others.keySet().removeAll(types);
    return new ClusterState(others);
  }

  /** What became of the objects of a type since {@code before}. */
  @SuppressWarnings("ReferenceEquality") // an object that did not change is the same instance
  public <S extends Record> Changes<S> changes(ObjectType<S> type, ClusterState before) {
    Changes<S> changes = new Changes<>(new ArrayList<>(), new ArrayList<>());
    if (array(type) == before.array(type)) {
      return changes;
    }
    Iterator<KubeObject<S>> now = this.<S>typed(type).iterator();
    Iterator<KubeObject<S>> then = before.<S>typed(type).iterator();
    KubeObject<S> come = next(now);
    KubeObject<S> gone = next(then);
    while (come != null || gone != null) {
      int order = come == null ? 1 : gone == null ? -1 : ORDER.compare(come.ref(), gone.ref());
      if (come != gone) {
        if (order <= 0) {
          changes.come.add(Objects.requireNonNull(come));
        }
        if (order >= 0) {
          changes.gone.add(Objects.requireNonNull(gone));
        }
      }
      come = order <= 0 ? next(now) : come;
      gone = order >= 0 ? next(then) : gone;
    }
    return changes;
  }

  private static <T> @Nullable T next(Iterator<T> iterator) {
    return iterator.hasNext() ? iterator.next() : null;
  }

  /**
   * How the objects of a type differ between two states, by namespace and name.
   *
   * @param gone as they were; what changed is in both lists
   * @param come as they are
   */
  public record Changes<S extends Record>(List<KubeObject<S>> gone, List<KubeObject<S>> come) {}

  @SuppressWarnings("ReferenceEquality") // an object that did not change is the same instance
  private static boolean sameObjects(KubeObject<?>[] ours, KubeObject<?>[] theirs) {
    if (ours == theirs) {
      return true;
    }
    if (ours.length != theirs.length) {
      return false;
    }
    for (int i = 0; i < ours.length; i++) {
      if (ours[i] != theirs[i]) {
        return false;
      }
    }
    return true;
  }

  /** How many objects there are. */
  public int size() {
    return objects.values().stream().mapToInt(array -> array.length).sum();
  }

  @SuppressWarnings("unchecked") // every object is filed under its own type
  private <S extends Record> List<KubeObject<S>> typed(ObjectType<S> type) {
    return (List<KubeObject<S>>) (List<?>) Collections.unmodifiableList(Arrays.asList(array(type)));
  }

  @Override
  public String toString() {
    return size() + " objects";
  }
}
