package dev.weir.controlplane.serve;

import com.google.protobuf.Message;
import dev.weir.core.xds.DiscoveryCalls;
import dev.weir.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import dev.weir.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import dev.weir.envoy.service.discovery.v3.DiscoveryRequest;
import dev.weir.envoy.service.discovery.v3.DiscoveryResponse;
import io.grpc.BindableService;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Consumer;

/** The service of xDS: opens streams and reads what comes on them. */
final class DiscoveryService implements BindableService {
  private static final MethodDescriptor<DeltaDiscoveryRequest, DeltaDiscoveryResponse> DELTA =
      method(
          DiscoveryCalls.DELTA,
          DeltaDiscoveryRequest.getDefaultInstance(),
          DeltaDiscoveryResponse.getDefaultInstance());
  private static final MethodDescriptor<DiscoveryRequest, DiscoveryResponse> STATE_OF_THE_WORLD =
      method(
          DiscoveryCalls.STATE_OF_THE_WORLD,
          DiscoveryRequest.getDefaultInstance(),
          DiscoveryResponse.getDefaultInstance());

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

  private static <Q extends Message, A extends Message> MethodDescriptor<Q, A> method(
      String name, Q request, A response) {
    return MethodDescriptor.<Q, A>newBuilder()
        .setType(MethodType.BIDI_STREAMING)
        .setFullMethodName(name)
        .setRequestMarshaller(ProtoUtils.marshaller(request))
        .setResponseMarshaller(ProtoUtils.marshaller(response))
        .build();
  }

  @Override
  public ServerServiceDefinition bindService() {
    return ServerServiceDefinition.builder(DiscoveryCalls.SERVICE)
        .addMethod(DELTA, ServerCalls.asyncBidiStreamingCall(this::delta))
        .addMethod(STATE_OF_THE_WORLD, ServerCalls.asyncBidiStreamingCall(this::stateOfTheWorld))
        .build();
  }

  private StreamObserver<DeltaDiscoveryRequest> delta(StreamObserver<DeltaDiscoveryResponse> out) {
    var call = (ServerCallStreamObserver<DeltaDiscoveryResponse>) out;
    return open(call, new Wire.Delta(call), DiscoveryStream::read);
  }

  private StreamObserver<DiscoveryRequest> stateOfTheWorld(StreamObserver<DiscoveryResponse> out) {
    var call = (ServerCallStreamObserver<DiscoveryResponse>) out;
    return open(call, new Wire.StateOfTheWorld(call), DiscoveryStream::read);
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
