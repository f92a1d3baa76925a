package dev.weir.controlplane.state;

import dev.weir.core.api.KubeObject;
import dev.weir.core.api.ObjectType;
import dev.weir.core.problem.ObjectRef;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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

  private final Map<ObjectType<?>, SortedMap<ObjectRef, KubeObject<?>>> objects;

  private ClusterState(Map<ObjectType<?>, SortedMap<ObjectRef, KubeObject<?>>> objects) {
    this.objects = objects;
  }

  /**
   * A state of these objects.
   *
   * @throws IllegalArgumentException if two have the same type and name
   */
  public static ClusterState of(Collection<? extends KubeObject<?>> objects) {
    Map<ObjectType<?>, SortedMap<ObjectRef, KubeObject<?>>> byType = new HashMap<>();
    for (KubeObject<?> object : objects) {
      SortedMap<ObjectRef, KubeObject<?>> sameType =
          byType.computeIfAbsent(object.type(), type -> new TreeMap<>(ORDER));
      if (sameType.put(object.ref(), object) != null) {
        throw new IllegalArgumentException("two objects are " + object.ref());
      }
    }
    byType.replaceAll((type, map) -> Collections.unmodifiableSortedMap(map));
    return new ClusterState(byType);
  }

  /** The same with one object more, or in place of the one of that name. */
  public ClusterState with(KubeObject<?> object) {
    SortedMap<ObjectRef, KubeObject<?>> sameType = new TreeMap<>(ORDER);
    sameType.putAll(objects.getOrDefault(object.type(), new TreeMap<>(ORDER)));
    sameType.put(object.ref(), object);
    Map<ObjectType<?>, SortedMap<ObjectRef, KubeObject<?>>> byType = new HashMap<>(objects);
    byType.put(object.type(), Collections.unmodifiableSortedMap(sameType));
    return new ClusterState(byType);
  }

  /** The objects of a type, by namespace and name. */
  public <S extends Record> SequencedCollection<KubeObject<S>> objects(ObjectType<S> type) {
    return this.<S>typed(type).sequencedValues();
  }

  /**
   * The object of that name, or null.
   *
   * @param namespace empty for cluster-scoped types
   */
  public <S extends Record> @Nullable KubeObject<S> object(
      ObjectType<S> type, String namespace, String name) {
    return this.<S>typed(type)
        .get(new ObjectRef(type.kind().group(), type.kind().kind(), namespace, name));
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
      if (!sameObjects(
          objects.getOrDefault(each, Collections.emptySortedMap()),
          that.objects.getOrDefault(each, Collections.emptySortedMap()))) {
        return false;
      }
    }
    return true;
  }

  /** The objects of some types. */
  public ClusterState only(Set<ObjectType<?>> types) {
    Map<ObjectType<?>, SortedMap<ObjectRef, KubeObject<?>>> some = new HashMap<>(objects);
    some.keySet().retainAll(types);
    return new ClusterState(some);
  }

  /** The same without objects of some types. */
  public ClusterState without(Set<ObjectType<?>> types) {
    Map<ObjectType<?>, SortedMap<ObjectRef, KubeObject<?>>> others = new HashMap<>(objects);
    others.keySet().removeAll(types);
    return new ClusterState(others);
  }

  /** What became of the objects of a type since {@code before}. */
  @SuppressWarnings("ReferenceEquality") // an object that did not change is the same instance
  public <S extends Record> Changes<S> changes(ObjectType<S> type, ClusterState before) {
    Changes<S> changes = new Changes<>(new ArrayList<>(), new ArrayList<>());
    SortedMap<ObjectRef, KubeObject<S>> ours = typed(type);
    SortedMap<ObjectRef, KubeObject<S>> theirs = before.typed(type);
    if (ours == theirs) {
      return changes;
    }
    Iterator<KubeObject<S>> now = ours.values().iterator();
    Iterator<KubeObject<S>> then = theirs.values().iterator();
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
  private static boolean sameObjects(
      SortedMap<ObjectRef, KubeObject<?>> ours, SortedMap<ObjectRef, KubeObject<?>> theirs) {
    if (ours == theirs) {
      return true;
    }
    if (ours.size() != theirs.size()) {
      return false;
    }
    Iterator<KubeObject<?>> other = theirs.values().iterator();
    for (KubeObject<?> object : ours.values()) {
      if (object != other.next()) {
        return false;
      }
    }
    return true;
  }

  /** How many objects there are. */
  public int size() {
    return objects.values().stream().mapToInt(Map::size).sum();
  }

  @SuppressWarnings("unchecked") // of() files every object under its own type
  private <S extends Record> SortedMap<ObjectRef, KubeObject<S>> typed(ObjectType<S> type) {
    SortedMap<ObjectRef, ?> found = objects.get(type);
    return found == null
        // The JDK's empty sorted map would compare by natural order, which references do not have.
        ? new TreeMap<>(ORDER)
        : (SortedMap<ObjectRef, KubeObject<S>>) found;
  }

  @Override
  public String toString() {
    return size() + " objects";
  }
}
