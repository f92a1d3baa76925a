package dev.weir.controlplane.serve;

import dev.weir.core.xds.ResourceType;
import dev.weir.core.xds.XdsSnapshot;
import dev.weir.core.xds.XdsSnapshot.Resource;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The resources that there are for a client. Any thread. */
sealed interface View {
  /** By name: what the wildcard means. */
  Map<String, ? extends Resource<?>> all(ResourceType type);

  /** The one of that name, or null. */
  @Nullable Resource<?> one(ResourceType type, String name);

  /** The same object means the same resources of the type; another one means nothing. */
  Object identity(ResourceType type);

  /** What a proxy sees of a snapshot: all of it. */
  record Whole(XdsSnapshot snapshot) implements View {
    @Override
    public Map<String, ? extends Resource<?>> all(ResourceType type) {
      return switch (type) {
        case LISTENER -> snapshot.listeners();
        case ROUTE_CONFIGURATION -> snapshot.routes();
        case CLUSTER -> snapshot.clusters();
        case CLUSTER_LOAD_ASSIGNMENT -> snapshot.endpoints();
        case SECRET -> snapshot.secrets();
      };
    }

    @Override
    public @Nullable Resource<?> one(ResourceType type, String name) {
      return all(type).get(name);
    }

    @Override
    public Object identity(ResourceType type) {
      // A snapshot takes over the maps of one before that did not change.
      return all(type);
    }
  }

  /** What a client of gRPC sees of it: what it can read, and listeners for the asking. */
  record ForGrpc(GrpcClientResources resources) implements View {
    @Override
    public Map<String, ? extends Resource<?>> all(ResourceType type) {
      return Map.of();
    }

    @Override
    public @Nullable Resource<?> one(ResourceType type, String name) {
      return resources.one(type, name);
    }

    @Override
    public Object identity(ResourceType type) {
      return resources;
    }
  }
}
