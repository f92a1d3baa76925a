package dev.weir.controlplane.serve;

import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc.AggregatedDiscoveryServiceImplBase;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Consumer;

/** The service of xDS: opens streams and reads what comes on them. */
final class DiscoveryService extends AggregatedDiscoveryServiceImplBase {
  private final BiFunction<Wire, Peer, DiscoveryStream> opened;
  private final Consumer<DiscoveryStream> closed;

  /**
   * The service.
   *
   * @param opened makes the stream of a client
   * @param closed told once when a client is gone
   */
  DiscoveryService(
      BiFunction<Wire, Peer, DiscoveryStream> opened, Consumer<DiscoveryStream> closed) {
    this.opened = opened;
    this.closed = closed;
  }

  @Override
  public StreamObserver<DiscoveryRequest> streamAggregatedResources(
      StreamObserver<DiscoveryResponse> out) {
    var call = (ServerCallStreamObserver<DiscoveryResponse>) out;
    return open(call, new Wire.StateOfTheWorld(call), DiscoveryStream::read);
  }

  @Override
  public StreamObserver<DeltaDiscoveryRequest> deltaAggregatedResources(
      StreamObserver<DeltaDiscoveryResponse> out) {
    var call = (ServerCallStreamObserver<DeltaDiscoveryResponse>) out;
    return open(call, new Wire.Delta(call), DiscoveryStream::read);
  }

  private <Q> StreamObserver<Q> open(
      ServerCallStreamObserver<?> call, Wire wire, BiConsumer<DiscoveryStream, Q> read) {
    DiscoveryStream stream = opened.apply(wire, Peer.KEY.get());
    call.setOnReadyHandler(stream::push);
    call.setOnCancelHandler(() -> closed.accept(stream));
    call.setOnCloseHandler(() -> closed.accept(stream));
    return new StreamObserver<>() {
      @Override
      public void onNext(Q request) {
        read.accept(stream, request);
      }

      @Override
      public void onError(Throwable broken) {
        closed.accept(stream);
      }

      @Override
      public void onCompleted() {
        stream.end(Status.OK);
        closed.accept(stream);
      }
    };
  }
}
