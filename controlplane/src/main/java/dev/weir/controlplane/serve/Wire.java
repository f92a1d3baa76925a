package dev.weir.controlplane.serve;

import dev.weir.core.xds.ResourceType;
import dev.weir.core.xds.XdsSnapshot.Resource;
import dev.weir.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import dev.weir.envoy.service.discovery.v3.DiscoveryResponse;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.HexFormat;
import java.util.Map;

/** The sending half of a stream, in one of the variants of the protocol. */
sealed interface Wire {
  /** Whether what was sent before has gone out. */
  boolean isReady();

  /**
   * Sends a response.
   *
   * @param removed names that are no more; the state of the world has no place for them
   */
  void send(
      ResourceType type,
      String nonce,
      Map<String, Resource<?>> resources,
      Collection<String> removed,
      Published published);

  /** Ends the stream. */
  void end(Status status, Metadata metadata);

  /** Only what changed. */
  record Delta(ServerCallStreamObserver<DeltaDiscoveryResponse> out) implements Wire {
    @Override
    public boolean isReady() {
      return out.isReady();
    }

    @Override
    public void send(
        ResourceType type,
        String nonce,
        Map<String, Resource<?>> resources,
        Collection<String> removed,
        Published published) {
      DeltaDiscoveryResponse.Builder response =
          DeltaDiscoveryResponse.newBuilder()
              .setTypeUrl(type.url())
              .setNonce(nonce)
              .addAllRemovedResources(removed);
      resources
          .values()
          .forEach(resource ->
              response
                  .addResourcesBuilder()
                  .setName(resource.name())
                  .setVersion(resource.version())
                  .setResource(published.packed(type, resource)));
      out.onNext(response.build());
    }

    @Override
    public void end(Status status, Metadata metadata) {
      out.onError(status.asRuntimeException(metadata));
    }
  }

  /** Everything that was asked for, each time. */
  record StateOfTheWorld(ServerCallStreamObserver<DiscoveryResponse> out) implements Wire {
    @Override
    public boolean isReady() {
      return out.isReady();
    }

    @Override
    public void send(
        ResourceType type,
        String nonce,
        Map<String, Resource<?>> resources,
        Collection<String> removed,
        Published published) {
      DiscoveryResponse.Builder response =
          DiscoveryResponse.newBuilder().setTypeUrl(type.url()).setNonce(nonce);
      MessageDigest version = sha256();
      resources
          .values()
          .forEach(resource -> {
            version.update((resource.name() + '\n').getBytes(StandardCharsets.UTF_8));
            version.update((resource.version() + '\n').getBytes(StandardCharsets.UTF_8));
            response.addResources(published.packed(type, resource));
          });
      out.onNext(
          response
              .setVersionInfo(HexFormat.of().formatHex(version.digest(), 0, HASH_BYTES))
              .build());
    }

    private static final int HASH_BYTES = 12;

    private static MessageDigest sha256() {
      try {
        return MessageDigest.getInstance("SHA-256");
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException("every JDK has SHA-256", e);
      }
    }

    @Override
    public void end(Status status, Metadata metadata) {
      out.onError(status.asRuntimeException(metadata));
    }
  }
}
