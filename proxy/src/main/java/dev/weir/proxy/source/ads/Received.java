package dev.weir.proxy.source.ads;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import dev.weir.core.xds.ResourceKey;
import dev.weir.core.xds.ResourceType;
import dev.weir.core.xds.Verdict;
import dev.weir.core.xds.XdsSnapshot;
import dev.weir.core.xds.XdsSnapshot.Resource;
import dev.weir.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import dev.weir.proxy.source.SharedHosts;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/**
 * The resources that came, and which are still to come. Of listeners and clusters everything is
 * asked for; of the other types the names that those refer to. On the source's thread.
 */
final class Received {
  /** Types of which the names are asked for, in the order in which that is done. */
  static final List<ResourceType> NAMED =
      List.of(
          ResourceType.CLUSTER_LOAD_ASSIGNMENT,
          ResourceType.SECRET,
          ResourceType.ROUTE_CONFIGURATION);

  /**
   * What changed in what is asked for.
   *
   * @param dropped whether resources were forgotten because nothing refers to them any more
   */
  record Interest(
      Map<ResourceType, Set<String>> more, Map<ResourceType, Set<String>> less, boolean dropped) {}

  /** The resources of one type. */
  private static final class Kind {
    Map<String, Resource<?>> resources = Map.of();

    /** Asked for by name. */
    Set<String> wanted = Set.of();

    /** Wanted, and there is none: the server said so, or did not answer in time. */
    final Set<String> absent = new HashSet<>();

    Set<String> missing() {
      Set<String> missing = new TreeSet<>(wanted);
      missing.removeAll(resources.keySet());
      missing.removeAll(absent);
      return missing;
    }

    /** Forgets the others; whether there were any. */
    boolean retain(Set<String> names) {
      Map<String, Resource<?>> kept = new HashMap<>(resources);
      boolean dropped = kept.keySet().retainAll(names);
      if (dropped) {
        resources = Map.copyOf(kept);
      }
      return dropped;
    }
  }

  private final Map<ResourceType, Kind> kinds = new EnumMap<>(ResourceType.class);

  Received() {
    for (ResourceType type : ResourceType.values()) {
      kinds.put(type, new Kind());
    }
  }

  private Kind kind(ResourceType type) {
    return Objects.requireNonNull(kinds.get(type));
  }

  /**
   * Takes in a response.
   *
   * @return the resources of it that are no message of their type; what was there before stays
   */
  Map<ResourceKey, Verdict.Rejected> take(ResourceType type, DeltaDiscoveryResponse response) {
    Kind kind = kind(type);
    Map<String, Resource<?>> resources = new HashMap<>(kind.resources);
    Map<ResourceKey, Verdict.Rejected> malformed = new HashMap<>();
    boolean named = NAMED.contains(type);
    SharedHosts shared = new SharedHosts(response.getResourcesCount());
    for (var offered : response.getResourcesList()) {
      String name = offered.getName();
      // What was asked for a moment ago may come when it is not wanted any more; and a resource
      // without content only says that the one before goes on.
      if ((named && !kind.wanted.contains(name)) || !offered.hasResource()) {
        continue;
      }
      kind.absent.remove(name);
      try {
        Message message = shared.unpacked(offered.getResource(), type.instance());
        resources.put(name, new Resource<>(name, offered.getVersion(), message));
      } catch (InvalidProtocolBufferException e) {
        Resource<?> before = resources.get(name);
        if (before == null && named) {
          kind.absent.add(name);
        }
        ResourceKey key = new ResourceKey(type, name);
        malformed.put(
            key,
            new Verdict.Rejected(
                offered.getVersion(),
                "%s: is not a message of type %s: %s".formatted(key, type.url(), e.getMessage()),
                before == null ? null : before.version()));
      }
    }
    for (String name : response.getRemovedResourcesList()) {
      resources.remove(name);
      if (kind.wanted.contains(name)) {
        kind.absent.add(name);
      }
    }
    kind.resources = Map.copyOf(resources);
    return malformed;
  }

  /** From now on exactly these names are asked for. */
  Interest want(Collection<ResourceKey> references) {
    Map<ResourceType, Set<String>> more = new LinkedHashMap<>();
    Map<ResourceType, Set<String>> less = new LinkedHashMap<>();
    boolean dropped = false;
    for (ResourceType type : NAMED) {
      Kind kind = kind(type);
      Set<String> wanted = new HashSet<>();
      for (ResourceKey key : references) {
        if (key.type() == type) {
          wanted.add(key.name());
        }
      }
      if (wanted.equals(kind.wanted)) {
        continue;
      }
      Set<String> added = new TreeSet<>(wanted);
      added.removeAll(kind.wanted);
      if (!added.isEmpty()) {
        more.put(type, added);
      }
      Set<String> gone = new TreeSet<>(kind.wanted);
      gone.removeAll(wanted);
      if (!gone.isEmpty()) {
        less.put(type, gone);
        kind.absent.removeAll(gone);
      }
      kind.wanted = wanted;
      dropped |= kind.retain(wanted);
    }
    return new Interest(more, less, dropped);
  }

  /** Begins anew with these resources, none of which was asked for yet. */
  void reset(XdsSnapshot snapshot) {
    kind(ResourceType.LISTENER).resources = Map.copyOf(snapshot.listeners());
    kind(ResourceType.ROUTE_CONFIGURATION).resources = Map.copyOf(snapshot.routes());
    kind(ResourceType.CLUSTER).resources = Map.copyOf(snapshot.clusters());
    kind(ResourceType.CLUSTER_LOAD_ASSIGNMENT).resources = Map.copyOf(snapshot.endpoints());
    kind(ResourceType.SECRET).resources = Map.copyOf(snapshot.secrets());
  }

  /** What is asked for by name. */
  Set<String> wanted(ResourceType type) {
    return kind(type).wanted;
  }

  /** Resources that are there. */
  Map<String, Resource<?>> resources(ResourceType type) {
    return kind(type).resources;
  }

  /** Resources that are asked for and have neither come nor been said not to exist. */
  Set<ResourceKey> missing() {
    Set<ResourceKey> missing = new HashSet<>();
    for (ResourceType type : NAMED) {
      kind(type).missing().forEach(name -> missing.add(new ResourceKey(type, name)));
    }
    return missing;
  }

  /** Waits for none of {@link #missing} any longer. */
  void giveUp() {
    for (ResourceType type : NAMED) {
      Kind kind = kind(type);
      kind.absent.addAll(kind.missing());
    }
  }

  /** Everything that is there. */
  XdsSnapshot snapshot() {
    return new XdsSnapshot(
        typed(ResourceType.LISTENER),
        typed(ResourceType.ROUTE_CONFIGURATION),
        typed(ResourceType.CLUSTER),
        typed(ResourceType.CLUSTER_LOAD_ASSIGNMENT),
        typed(ResourceType.SECRET));
  }

  @SuppressWarnings("unchecked") // each type's resources hold messages of that type
  private <M extends Message> Map<String, Resource<M>> typed(ResourceType type) {
    return (Map<String, Resource<M>>) (Map<?, ?>) kind(type).resources;
  }
}
