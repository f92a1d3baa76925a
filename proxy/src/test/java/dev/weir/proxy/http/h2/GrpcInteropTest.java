package dev.weir.proxy.http.h2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.weir.proxy.plan.HttpOptions;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A grpc-java client and server, with both codecs between them. */
@ExtendWith(NoLeaks.class)
class GrpcInteropTest {
  private static final MethodDescriptor<byte[], byte[]> UNARY = method("unary", MethodType.UNARY);
  private static final MethodDescriptor<byte[], byte[]> FAIL = method("fail", MethodType.UNARY);
  private static final MethodDescriptor<byte[], byte[]> HANG = method("hang", MethodType.UNARY);
  private static final MethodDescriptor<byte[], byte[]> COUNT =
      method("count", MethodType.SERVER_STREAMING);
  private static final MethodDescriptor<byte[], byte[]> CHAT =
      method("chat", MethodType.BIDI_STREAMING);

  private final TestLoop loop = new TestLoop();
  private final CountDownLatch cancelled = new CountDownLatch(1);
  private final CountDownLatch hanging = new CountDownLatch(1);
  private Server server;
  private ManagedChannel channel;
  private Http2UpstreamConnection upstream;

  @BeforeEach
  void start() throws Exception {
    server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .maxInboundMessageSize(64 << 20)
            .addService(service())
            .build()
            .start();
    upstream =
        loop.connect(
            server.getPort(),
            new Http2UpstreamConnection.Owner() {
              @Override
              public void streamReleased(Http2UpstreamConnection connection) {}

              @Override
              public void settingsChanged(Http2UpstreamConnection connection) {}

              @Override
              public void closed(Http2UpstreamConnection connection) {}
            });
    int port = loop.listen(HttpOptions.DEFAULTS, Bridge.to(() -> upstream));
    channel =
        NettyChannelBuilder.forAddress("127.0.0.1", port)
            .usePlaintext()
            .maxInboundMessageSize(64 << 20)
            .build();
  }

  @AfterEach
  void stop() throws Exception {
    channel.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
    server.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
    loop.close();
  }

  private ServerServiceDefinition service() {
    return ServerServiceDefinition.builder("test")
        .addMethod(
            UNARY,
            ServerCalls.asyncUnaryCall((request, out) -> {
              out.onNext(request);
              out.onCompleted();
            }))
        .addMethod(
            FAIL,
            ServerCalls.asyncUnaryCall((request, out) ->
                out.onError(Status.NOT_FOUND.withDescription("no such thing").asException())))
        .addMethod(
            HANG,
            ServerCalls.asyncUnaryCall((request, out) -> {
              ((ServerCallStreamObserver<byte[]>) out).setOnCancelHandler(cancelled::countDown);
              hanging.countDown();
            }))
        .addMethod(
            COUNT,
            ServerCalls.asyncServerStreamingCall((request, out) -> {
              for (int i = 0; i < 1000; i++) {
                out.onNext(text("message " + i));
              }
              out.onCompleted();
            }))
        .addMethod(CHAT, ServerCalls.asyncBidiStreamingCall(out -> out))
        .build();
  }

  @Test
  void unary() {
    byte[] answer = ClientCalls.blockingUnaryCall(channel, UNARY, CallOptions.DEFAULT, text("hi"));
    assertThat(answer).isEqualTo(text("hi"));
  }

  @Test
  void manyUnaryCallsAtOnce() throws Exception {
    List<CompletableFuture<byte[]>> answers = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      CompletableFuture<byte[]> answer = new CompletableFuture<>();
      answers.add(answer);
      ClientCalls.asyncUnaryCall(
          channel.newCall(UNARY, CallOptions.DEFAULT), text("call " + i), first(answer));
    }
    for (int i = 0; i < 1000; i++) {
      assertThat(answers.get(i).get(20, TimeUnit.SECONDS)).isEqualTo(text("call " + i));
    }
  }

  @Test
  void bigMessages() {
    byte[] big = new byte[30 << 20];
    for (int i = 0; i < big.length; i += 1000) {
      big[i] = (byte) (i / 1000);
    }
    byte[] answer = ClientCalls.blockingUnaryCall(channel, UNARY, CallOptions.DEFAULT, big);
    assertThat(Arrays.equals(answer, big)).isTrue();
  }

  @Test
  void errorWithTrailersOnly() {
    StatusRuntimeException error =
        catchThrowableOfType(
            StatusRuntimeException.class,
            () -> ClientCalls.blockingUnaryCall(channel, FAIL, CallOptions.DEFAULT, text("where")));
    assertThat(error.getStatus().getCode()).isEqualTo(Status.Code.NOT_FOUND);
    assertThat(error.getStatus().getDescription()).isEqualTo("no such thing");
  }

  @Test
  void unknownMethod() {
    StatusRuntimeException error =
        catchThrowableOfType(
            StatusRuntimeException.class,
            () ->
                ClientCalls.blockingUnaryCall(
                    channel, method("nowhere", MethodType.UNARY), CallOptions.DEFAULT, text("")));
    assertThat(error.getStatus().getCode()).isEqualTo(Status.Code.UNIMPLEMENTED);
  }

  @Test
  void binaryMetadata() {
    Metadata.Key<byte[]> key = Metadata.Key.of("x-bin", Metadata.BINARY_BYTE_MARSHALLER);
    Metadata metadata = new Metadata();
    metadata.put(key, new byte[] {0, 1, (byte) 0xff});
    byte[] answer =
        ClientCalls.blockingUnaryCall(
            ClientInterceptors.intercept(
                channel, MetadataUtils.newAttachHeadersInterceptor(metadata)),
            UNARY,
            CallOptions.DEFAULT,
            text("meta"));
    assertThat(answer).isEqualTo(text("meta"));
  }

  @Test
  void serverStreaming() {
    Iterator<byte[]> messages =
        ClientCalls.blockingServerStreamingCall(channel, COUNT, CallOptions.DEFAULT, text(""));
    int count = 0;
    while (messages.hasNext()) {
      assertThat(messages.next()).isEqualTo(text("message " + count++));
    }
    assertThat(count).isEqualTo(1000);
  }

  @Test
  void bidirectionalStreaming() throws Exception {
    BlockingQueue<String> answers = new ArrayBlockingQueue<>(10);
    StreamObserver<byte[]> requests =
        ClientCalls.asyncBidiStreamingCall(
            channel.newCall(CHAT, CallOptions.DEFAULT),
            new StreamObserver<>() {
              @Override
              public void onNext(byte[] value) {
                answers.add(new String(value, StandardCharsets.UTF_8));
              }

              @Override
              public void onError(Throwable error) {
                answers.add("error " + error);
              }

              @Override
              public void onCompleted() {
                answers.add("completed");
              }
            });
    for (int i = 0; i < 200; i++) {
      requests.onNext(text("question " + i));
      assertThat(answers.poll(10, TimeUnit.SECONDS)).isEqualTo("question " + i);
    }
    requests.onCompleted();
    assertThat(answers.poll(10, TimeUnit.SECONDS)).isEqualTo("completed");
  }

  @Test
  void cancellationReachesTheServer() throws Exception {
    CompletableFuture<byte[]> answer = new CompletableFuture<>();
    ClientCall<byte[], byte[]> call = channel.newCall(HANG, CallOptions.DEFAULT);
    ClientCalls.asyncUnaryCall(call, text(""), first(answer));
    assertThat(hanging.await(10, TimeUnit.SECONDS)).isTrue();
    call.cancel("changed my mind", null);
    assertThat(cancelled.await(10, TimeUnit.SECONDS)).isTrue();
    assertThat(ClientCalls.blockingUnaryCall(channel, UNARY, CallOptions.DEFAULT, text("still")))
        .isEqualTo(text("still"));
  }

  @Test
  void deadlineReachesTheServer() throws Exception {
    StatusRuntimeException error =
        catchThrowableOfType(
            StatusRuntimeException.class,
            () ->
                ClientCalls.blockingUnaryCall(
                    channel,
                    HANG,
                    CallOptions.DEFAULT.withDeadlineAfter(200, TimeUnit.MILLISECONDS),
                    text("")));
    assertThat(error.getStatus().getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
    assertThat(cancelled.await(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void drainingMovesTheClientToANewConnection() throws Exception {
    assertThat(ClientCalls.blockingUnaryCall(channel, UNARY, CallOptions.DEFAULT, text("one")))
        .isEqualTo(text("one"));
    Thread calls =
        Thread.ofVirtual()
            .start(() -> {
              for (int i = 0; i < 300; i++) {
                ClientCalls.blockingUnaryCall(channel, UNARY, CallOptions.DEFAULT, text("call"));
              }
            });
    for (int i = 0; i < 5 && calls.isAlive(); i++) {
      loop.call(() -> {
        loop.accepted.getLast().drain();
        return 0;
      });
      assertThat(ClientCalls.blockingUnaryCall(channel, UNARY, CallOptions.DEFAULT, text("on")))
          .isEqualTo(text("on"));
    }
    assertThat(calls.join(Duration.ofSeconds(20))).isTrue();
    assertThat(loop.accepted.size()).isGreaterThan(1);
  }

  private static StreamObserver<byte[]> first(CompletableFuture<byte[]> answer) {
    return new StreamObserver<>() {
      @Override
      public void onNext(byte[] value) {
        answer.complete(value);
      }

      @Override
      public void onError(Throwable error) {
        answer.completeExceptionally(error);
      }

      @Override
      public void onCompleted() {}
    };
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static MethodDescriptor<byte[], byte[]> method(String name, MethodType type) {
    return MethodDescriptor.<byte[], byte[]>newBuilder()
        .setType(type)
        .setFullMethodName("test/" + name)
        .setRequestMarshaller(Bytes.INSTANCE)
        .setResponseMarshaller(Bytes.INSTANCE)
        .build();
  }

  /** Messages as they are. */
  private enum Bytes implements MethodDescriptor.Marshaller<byte[]> {
    INSTANCE;

    @Override
    public InputStream stream(byte[] value) {
      return new ByteArrayInputStream(value);
    }

    @Override
    public byte[] parse(InputStream stream) {
      try {
        return stream.readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
