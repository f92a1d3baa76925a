package dev.weir.proxy.source.ads;

import com.google.protobuf.Any;
import com.google.protobuf.Message;
import com.google.rpc.Status;
import dev.weir.core.xds.Reconnection;
import dev.weir.core.xds.ResourceType;
import dev.weir.core.xds.XdsSnapshot;
import dev.weir.core.xds.XdsSnapshot.Resource;
import dev.weir.proxy.compile.XdsText;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc.AggregatedDiscoveryServiceImplBase;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.grpc.BindableService;
import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerCredentials;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * The server side of the protocol, played by a test: it says exactly what the test has it say, on a
 * real connection. The controller's own server is another module's.
 */
final class Controller extends AggregatedDiscoveryServiceImplBase implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 10;

  private final BlockingQueue<Stream> streams = new LinkedBlockingQueue<>();
  private final BlockingQueue<X509Certificate> peers = new LinkedBlockingQueue<>();
  private @Nullable Server server;

  private Controller() {}

  static Controller start() throws IOException {
    return startAt(0);
  }

  static Controller startAt(int port) throws IOException {
    return start(InsecureServerCredentials.create(), port);
  }

  static Controller start(ServerCredentials credentials, int port, BindableService... others)
      throws IOException {
    Controller controller = new Controller();
    var builder =
        Grpc.newServerBuilderForPort(port, credentials)
            .addService(ServerInterceptors.intercept(controller, controller.new Peers()));
    for (BindableService other : others) {
      builder.addService(other);
    }
    controller.server = builder.build().start();
    return controller;
  }

  private Server server() {
    return Objects.requireNonNull(server);
  }

  int port() {
    return server().getPort();
  }

  static String host() {
    return InetAddress.getLoopbackAddress().getHostAddress();
  }

  @Override
  public StreamObserver<DeltaDiscoveryRequest> deltaAggregatedResources(
      StreamObserver<DeltaDiscoveryResponse> responses) {
    Stream stream = new Stream(responses);
    streams.add(stream);
    return stream;
  }

  /** The next stream that a proxy opens. */
  Stream stream() throws InterruptedException {
    return Objects.requireNonNull(
        streams.poll(PATIENCE_SECONDS, TimeUnit.SECONDS), "no stream was opened");
  }

  /** The certificate that was shown on the next connection that carries a stream. */
  X509Certificate peer() throws InterruptedException {
    return Objects.requireNonNull(
        peers.poll(PATIENCE_SECONDS, TimeUnit.SECONDS), "nobody showed a certificate");
  }

  private final class Peers implements ServerInterceptor {
    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, A> call, Metadata head, ServerCallHandler<Q, A> next) {
      SSLSession session = call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION);
      if (session != null) {
        try {
          peers.add((X509Certificate) session.getPeerCertificates()[0]);
        } catch (SSLPeerUnverifiedException e) {
          call.close(io.grpc.Status.UNAUTHENTICATED, new Metadata());
          return new ServerCall.Listener<>() {};
        }
      }
      return next.startCall(call, head);
    }
  }

  @Override
  public void close() {
    server().shutdownNow();
    try {
      server().awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** A stream: what the proxy sent, and a way to send. */
  static final class Stream implements StreamObserver<DeltaDiscoveryRequest> {
    private final StreamObserver<DeltaDiscoveryResponse> responses;
    private final BlockingQueue<DeltaDiscoveryRequest> requests = new LinkedBlockingQueue<>();

    Stream(StreamObserver<DeltaDiscoveryResponse> responses) {
      this.responses = responses;
    }

    @Override
    public void onNext(DeltaDiscoveryRequest request) {
      requests.add(request);
    }

    @Override
    public void onError(Throwable failure) {}

    @Override
    public void onCompleted() {}

    /** The next request, which must be of that type. */
    DeltaDiscoveryRequest request(ResourceType type) throws InterruptedException {
      DeltaDiscoveryRequest next =
          Objects.requireNonNull(
              requests.poll(PATIENCE_SECONDS, TimeUnit.SECONDS), "no request came");
      if (!next.getTypeUrl().equals(type.url())) {
        throw new AssertionError("not of type " + type + ": " + next);
      }
      return next;
    }

    /** The next request asks for exactly these names more. */
    void subscribes(ResourceType type, String... names) throws InterruptedException {
      DeltaDiscoveryRequest request = request(type);
      if (!request.getResourceNamesSubscribeList().equals(List.of(names))) {
        throw new AssertionError("asks for something else than " + List.of(names) + ": " + request);
      }
    }

    /** The next request says yes to the response with that nonce. */
    void accepts(ResourceType type, String nonce) throws InterruptedException {
      Status why = answer(type, nonce);
      if (why != null) {
        throw new AssertionError("no ACK: " + why);
      }
    }

    /** The next request says no to it. */
    Status rejects(ResourceType type, String nonce) throws InterruptedException {
      return Objects.requireNonNull(answer(type, nonce), "an ACK of " + nonce);
    }

    private @Nullable Status answer(ResourceType type, String nonce) throws InterruptedException {
      DeltaDiscoveryRequest request = request(type);
      if (!request.getResponseNonce().equals(nonce)) {
        throw new AssertionError("no answer to " + nonce + ": " + request);
      }
      return request.hasErrorDetail() ? request.getErrorDetail() : null;
    }

    /** Whether everything that came was looked at. */
    boolean isQuiet() {
      return requests.isEmpty();
    }

    /** Sends the resources of that type in {@code yaml}, see {@link XdsText}. */
    void send(ResourceType type, String nonce, String yaml, String... removed) {
      DeltaDiscoveryResponse.Builder response =
          DeltaDiscoveryResponse.newBuilder()
              .setTypeUrl(type.url())
              .setNonce(nonce)
              .addAllRemovedResources(List.of(removed));
      resources(type, XdsText.snapshot(yaml))
          .values()
          .forEach(resource ->
              response
                  .addResourcesBuilder()
                  .setName(resource.name())
                  .setVersion(resource.version())
                  .setResource(Any.pack(resource.message())));
      send(response.build());
    }

    void send(DeltaDiscoveryResponse response) {
      responses.onNext(response);
    }

    /** Breaks the stream off. */
    void cut() {
      responses.onError(io.grpc.Status.UNAVAILABLE.withDescription("a test").asException());
    }

    /** Says that another controller leads. */
    void sendAway() {
      Metadata metadata = new Metadata();
      metadata.put(Metadata.Key.of(Reconnection.ELSEWHERE, Metadata.ASCII_STRING_MARSHALLER), "");
      responses.onError(
          io.grpc.Status.UNAVAILABLE.withDescription("another leads").asException(metadata));
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
  }
}
