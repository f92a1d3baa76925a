package dev.weir.controlplane.serve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.xds.ResourceType;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.Resource;
import io.grpc.ChannelCredentials;
import io.grpc.ConnectivityState;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.grpc.stub.StreamObserver;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** The stubs of the protocol, as they were generated, on a stream of the test's. */
final class AdsClient<Q, A> implements AutoCloseable {
  static final String SERVES = "Gateway/infra/edge";

  private static final long PATIENCE_SECONDS = 20;

  private final ManagedChannel channel;
  private final BlockingQueue<A> responses = new LinkedBlockingQueue<>();
  private final CompletableFuture<Status> ended = new CompletableFuture<>();
  private volatile Set<String> metadata = Set.of();
  private final StreamObserver<Q> requests;
  private @Nullable ClientCallStreamObserver<Q> call;

  private AdsClient(
      ManagedChannel channel,
      boolean reads,
      BiFunction<
              AggregatedDiscoveryServiceGrpc.AggregatedDiscoveryServiceStub,
              StreamObserver<A>,
              StreamObserver<Q>>
          method) {
    this.channel = channel;
    this.requests =
        method.apply(
            AggregatedDiscoveryServiceGrpc.newStub(channel)
                .withMaxInboundMessageSize(Integer.MAX_VALUE),
            new ClientResponseObserver<Q, A>() {
              @Override
              public void beforeStart(ClientCallStreamObserver<Q> started) {
                call = started;
                if (!reads) {
                  started.disableAutoRequestWithInitial(0);
                }
              }

              @Override
              public void onNext(A response) {
                responses.add(response);
              }

              @Override
              public void onError(Throwable failure) {
                Metadata trailers = Status.trailersFromThrowable(failure);
                metadata = trailers == null ? Set.of() : trailers.keys();
                ended.complete(Status.fromThrowable(failure));
              }

              @Override
              public void onCompleted() {
                ended.complete(Status.OK);
              }
            });
  }

  static ManagedChannel channel(InetSocketAddress server, ChannelCredentials credentials) {
    return Grpc.newChannelBuilderForAddress("127.0.0.1", server.getPort(), credentials).build();
  }

  static AdsClient<DeltaDiscoveryRequest, DeltaDiscoveryResponse> delta(InetSocketAddress server) {
    return delta(server, InsecureChannelCredentials.create());
  }

  static AdsClient<DeltaDiscoveryRequest, DeltaDiscoveryResponse> delta(
      InetSocketAddress server, ChannelCredentials credentials) {
    return new AdsClient<>(
        channel(server, credentials), true, (stub, out) -> stub.deltaAggregatedResources(out));
  }

  /** One that reads only when {@link #read} is called. */
  static AdsClient<DeltaDiscoveryRequest, DeltaDiscoveryResponse> slow(InetSocketAddress server) {
    return new AdsClient<>(
        channel(server, InsecureChannelCredentials.create()),
        false,
        (stub, out) -> stub.deltaAggregatedResources(out));
  }

  static AdsClient<DiscoveryRequest, DiscoveryResponse> stateOfTheWorld(InetSocketAddress server) {
    return new AdsClient<>(
        channel(server, InsecureChannelCredentials.create()),
        true,
        (stub, out) -> stub.streamAggregatedResources(out));
  }

  static Node node(String name, String cluster) {
    return Node.newBuilder().setId(name).setCluster(cluster).build();
  }

  /** The first request of a delta stream. */
  static DeltaDiscoveryRequest.Builder hello(ResourceType type, String... names) {
    return subscribe(type, names).setNode(node("proxy-1", SERVES));
  }

  static DeltaDiscoveryRequest.Builder subscribe(ResourceType type, String... names) {
    return DeltaDiscoveryRequest.newBuilder()
        .setTypeUrl(type.url())
        .addAllResourceNamesSubscribe(List.of(names));
  }

  static DeltaDiscoveryRequest unsubscribe(ResourceType type, String name) {
    return DeltaDiscoveryRequest.newBuilder()
        .setTypeUrl(type.url())
        .addResourceNamesUnsubscribe(name)
        .build();
  }

  /** The ACK. */
  static DeltaDiscoveryRequest ack(DeltaDiscoveryResponse response) {
    return DeltaDiscoveryRequest.newBuilder()
        .setTypeUrl(response.getTypeUrl())
        .setResponseNonce(response.getNonce())
        .build();
  }

  void send(Q request) {
    requests.onNext(request);
  }

  A next() throws InterruptedException {
    A response = responses.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
    assertThat(response).as("a response; the stream ended: %s", ended).isNotNull();
    return Objects.requireNonNull(response);
  }

  void read(int more) {
    Objects.requireNonNull(call).request(more);
  }

  /** How the stream ended. */
  Status ended() throws Exception {
    return ended.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  /** Names of the metadata that came with the end. */
  Set<String> metadata() {
    return metadata;
  }

  /** Waits until the server has closed the connection. */
  void awaitDisconnection() throws Exception {
    CompletableFuture<Void> closed = new CompletableFuture<>();
    channel.notifyWhenStateChanged(ConnectivityState.READY, () -> closed.complete(null));
    closed.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    assertThat(channel.getState(false)).isEqualTo(ConnectivityState.IDLE);
  }

  static List<String> names(DeltaDiscoveryResponse response) {
    return response.getResourcesList().stream()
        .map(each -> each.getName() + "=" + each.getVersion())
        .sorted()
        .toList();
  }

  static List<String> plainNames(DeltaDiscoveryResponse response) {
    return response.getResourcesList().stream().map(Resource::getName).sorted().toList();
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }
}
