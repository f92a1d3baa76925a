package dev.weir.controlplane.serve;

import com.google.protobuf.Any;
import dev.weir.core.problem.ObjectRef;
import dev.weir.core.xds.ResourceKey;
import dev.weir.core.xds.ResourceType;
import dev.weir.core.xds.XdsSnapshot;
import dev.weir.core.xds.XdsSnapshot.Resource;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A publication with what streams make of it, made once for all that serve the same: their
 * resources together, and each resource as bytes. Any thread.
 */
final class Published {
  private final Publication publication;
  private final Map<Set<ObjectRef>, View> proxies = new ConcurrentHashMap<>();
  private final Map<Set<ObjectRef>, View> grpcClients = new ConcurrentHashMap<>();
  private final Map<Version, Any> packed = new ConcurrentHashMap<>();

  Published(Publication publication) {
    this.publication = publication;
  }

  private record Version(ResourceKey key, String version) {}

  Set<ObjectRef> gateways(Scope scope) {
    return scope.gateways(publication);
  }

  /** For proxies, which run a Gateway. */
  View forProxies(Scope scope) {
    return proxies.computeIfAbsent(gateways(scope), gateways -> new View.Whole(union(gateways)));
  }

  /** For clients that choose endpoints themselves by the routes of a Gateway. */
  View forGrpcClients(Scope scope) {
    return grpcClients.computeIfAbsent(
        gateways(scope), gateways -> new View.ForGrpc(new GrpcClientResources(union(gateways))));
  }

  private XdsSnapshot union(Set<ObjectRef> gateways) {
    return XdsSnapshot.union(
        gateways.stream().map(publication.gateways()::get).filter(Objects::nonNull).toList());
  }

  Any packed(ResourceType type, Resource<?> resource) {
    return packed.computeIfAbsent(
        new Version(new ResourceKey(type, resource.name()), resource.version()),
        version ->
            Any.newBuilder()
                .setTypeUrl(type.url())
                .setValue(resource.message().toByteString())
                .build());
  }
}
