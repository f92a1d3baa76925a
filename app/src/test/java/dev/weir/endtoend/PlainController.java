package dev.weir.endtoend;

import com.google.protobuf.Any;
import com.google.protobuf.Message;
import dev.weir.controlplane.Pipeline;
import dev.weir.controlplane.files.ConfigFiles;
import dev.weir.controlplane.files.Manifests;
import dev.weir.controlplane.resolve.AddressAllocation;
import dev.weir.controlplane.state.StandardTypes;
import dev.weir.core.xds.ResourceType;
import dev.weir.core.xds.XdsSnapshot;
import dev.weir.core.xds.XdsSnapshot.Resource;
import dev.weir.features.Features;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc.AggregatedDiscoveryServiceImplBase;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.ServerCredentials;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A controller that knows no better: sends the translation of some YAML to whoever asks, one
 * response of a type after the other, and what goes away when the rest was answered. It shows that
 * the proxies need nothing of Weir's own server.
 */
final class PlainController implements AutoCloseable {
  private static final List<ResourceType> ORDER =
      List.of(
          ResourceType.CLUSTER,
          ResourceType.CLUSTER_LOAD_ASSIGNMENT,
          ResourceType.SECRET,
          ResourceType.LISTENER,
          ResourceType.ROUTE_CONFIGURATION);

  private final Object lock = new Object();
  private final List<Stream> streams = new ArrayList<>();
  private final Server server;
  private final int port;
  private XdsSnapshot snapshot;

  private PlainController(XdsSnapshot snapshot, ServerCredentials credentials) throws IOException {
    this.snapshot = snapshot;
    this.server =
        Grpc.newServerBuilderForPort(0, credentials)
            .addService(
                new AggregatedDiscoveryServiceImplBase() {
                  @Override
                  public StreamObserver<DeltaDiscoveryRequest> deltaAggregatedResources(
                      StreamObserver<DeltaDiscoveryResponse> responses) {
                    return new Stream(responses);
                  }
                })
            .build()
            .start();
    this.port = server.getPort();
  }

  static PlainController start(XdsSnapshot snapshot) throws IOException {
    return start(snapshot, InsecureServerCredentials.create());
  }

  static PlainController start(XdsSnapshot snapshot, ServerCredentials credentials)
      throws IOException {
    return new PlainController(snapshot, credentials);
  }

  /** What the objects in {@code yaml} come to; {@code directory} is for the file. */
  static XdsSnapshot translate(Path directory, String... yaml) throws IOException {
    Path file = Files.createTempFile(directory, "objects", ".yaml");
    Files.writeString(file, String.join("", yaml));
    var load =
        new ConfigFiles(List.of(file))
            .load(new Manifests(StandardTypes.ALL, InstantSource.system()));
    return new Pipeline(Features.ALL).translate(load.state(), AddressAllocation.NONE).snapshot();
  }

  int port() {
    return port;
  }

  /** Has the proxies run something else. */
  void publish(XdsSnapshot next) {
    synchronized (lock) {
      snapshot = next;
      streams.forEach(Stream::push);
    }
  }

  @Override
  public void close() {
    server.shutdownNow();
    try {
      server.awaitTermination(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static Map<String, ? extends Resource<? extends Message>> resources(
      ResourceType type, XdsSnapshot all) {
    return switch (type) {
      case LISTENER -> all.listeners();
      case ROUTE_CONFIGURATION -> all.routes();
      case CLUSTER -> all.clusters();
      case CLUSTER_LOAD_ASSIGNMENT -> all.endpoints();
      case SECRET -> all.secrets();
    };
  }

  private static final class Kind {
    final Set<String> names = new HashSet<>();
    final Map<String, String> held = new HashMap<>();
    boolean all;
    @Nullable String unanswered;
  }

  private final class Stream implements StreamObserver<DeltaDiscoveryRequest> {
    private final StreamObserver<DeltaDiscoveryResponse> responses;
    private final Map<ResourceType, Kind> kinds = new EnumMap<>(ResourceType.class);
    private int nonces;

    Stream(StreamObserver<DeltaDiscoveryResponse> responses) {
      this.responses = responses;
      synchronized (lock) {
        streams.add(this);
      }
    }

    @Override
    public void onNext(DeltaDiscoveryRequest request) {
      synchronized (lock) {
        ResourceType type = Objects.requireNonNull(ResourceType.ofUrl(request.getTypeUrl()));
        Kind kind = kinds.get(type);
        if (kind == null) {
          kind = new Kind();
          kind.all = type == ResourceType.CLUSTER || type == ResourceType.LISTENER;
          kinds.put(type, kind);
        }
        kind.held.putAll(request.getInitialResourceVersionsMap());
        kind.names.addAll(request.getResourceNamesSubscribeList());
        kind.names.removeAll(request.getResourceNamesUnsubscribeList());
        kind.held.keySet().removeAll(request.getResourceNamesUnsubscribeList());
        if (request.getResponseNonce().equals(kind.unanswered)) {
          kind.unanswered = null;
        }
        push();
      }
    }

    void push() {
      for (ResourceType type : ORDER) {
        Kind kind = kinds.get(type);
        if (kind != null) {
          push(type, kind, false);
        }
      }
      if (kinds.values().stream().allMatch(kind -> kind.unanswered == null)) {
        kinds.forEach((type, kind) -> push(type, kind, true));
      }
    }

    private void push(ResourceType type, Kind kind, boolean removals) {
      if (kind.unanswered != null) {
        return;
      }
      var there = resources(type, snapshot);
      Map<String, Resource<?>> changed = new LinkedHashMap<>();
      for (Resource<?> resource : there.values()) {
        if ((kind.all || kind.names.contains(resource.name()))
            && !resource.version().equals(kind.held.get(resource.name()))) {
          changed.put(resource.name(), resource);
        }
      }
      Set<String> gone = new HashSet<>();
      if (removals || type == ResourceType.LISTENER) {
        gone.addAll(kind.held.keySet());
        gone.removeAll(there.keySet());
      }
      if (changed.isEmpty() && gone.isEmpty()) {
        return;
      }
      String nonce = "n" + nonces++;
      DeltaDiscoveryResponse.Builder response =
          DeltaDiscoveryResponse.newBuilder()
              .setTypeUrl(type.url())
              .setNonce(nonce)
              .addAllRemovedResources(gone);
      changed.forEach((name, resource) -> {
        response
            .addResourcesBuilder()
            .setName(name)
            .setVersion(resource.version())
            .setResource(Any.pack(resource.message()));
        kind.held.put(name, resource.version());
      });
      kind.held.keySet().removeAll(gone);
      kind.unanswered = nonce;
      responses.onNext(response.build());
    }

    @Override
    public void onError(Throwable failure) {
      synchronized (lock) {
        streams.remove(this);
      }
    }

    @Override
    public void onCompleted() {
      onError(new IllegalStateException("ended"));
    }
  }
}
