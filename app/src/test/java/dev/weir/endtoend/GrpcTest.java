package dev.weir.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.grpc.CallOptions;
import io.grpc.ClientInterceptors;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.internal.GrpcUtil;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
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
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A grpc-java client, through the gateway in plain text and with TLS, to a grpc-java server. */
@ExtendWith(NoLeaks.class)
@TestInstance(Lifecycle.PER_CLASS)
class GrpcTest {
  private static final MethodDescriptor.Marshaller<byte[]> BYTES =
      new MethodDescriptor.Marshaller<>() {
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
      };

  private static final MethodDescriptor<byte[], byte[]> UNARY = method("unary", MethodType.UNARY);
  private static final MethodDescriptor<byte[], byte[]> FAIL = method("fail", MethodType.UNARY);
  private static final MethodDescriptor<byte[], byte[]> HANG = method("hang", MethodType.UNARY);
  private static final MethodDescriptor<byte[], byte[]> COUNT =
      method("count", MethodType.SERVER_STREAMING);
  private static final MethodDescriptor<byte[], byte[]> SUM =
      method("sum", MethodType.CLIENT_STREAMING);
  private static final MethodDescriptor<byte[], byte[]> CHAT =
      method("chat", MethodType.BIDI_STREAMING);
  private static final Metadata.Key<String> TRAILER =
      Metadata.Key.of("x-at-the-end", Metadata.ASCII_STRING_MARSHALLER);
  private static final Metadata.Key<byte[]> BINARY =
      Metadata.Key.of("x-sent-bin", Metadata.BINARY_BYTE_MARSHALLER);

  @RegisterExtension static final Parts PARTS = new Parts();

  private final CountDownLatch cancelled = new CountDownLatch(1);
  private final CountDownLatch hanging = new CountDownLatch(1);
  private Server server;
  private TestGateway gateway;
  private ManagedChannel plain;
  private ManagedChannel secure;

  @BeforeAll
  void start(@TempDir Path dir) throws Exception {
    String ip = Loopback.next();
    server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.ofLiteral(ip), 8000))
            .maxInboundMessageSize(64 << 20)
            .addService(ServerInterceptors.intercept(service(), new EndsWithTrailer()))
            .build()
            .start();
    TestCertificate certificate = TestCertificate.of("weir.test");
    gateway =
        TestGateway.start(
            dir,
            options -> options,
            List.of(TestGateway.HTTP_LISTENER, TestGateway.HTTPS_LISTENER),
            certificate.secret("server"),
            Yaml.backend(
                "grpc",
                "protocol: HTTP2\ngroups: [{endpoints: [{ip: %s, port: 8000}]}]".formatted(ip)),
            Yaml.route("grpc", "/test"),
            Yaml.backend(
                "dead",
                "protocol: HTTP2\ngroups: [{endpoints: [{ip: %s, port: 9}]}]".formatted(ip)),
            Yaml.route("dead", "/dead"));
    plain =
        NettyChannelBuilder.forAddress(gateway.ip(), TestGateway.HTTP)
            .usePlaintext()
            .maxInboundMessageSize(64 << 20)
            .build();
    secure =
        NettyChannelBuilder.forAddress(gateway.ip(), TestGateway.HTTPS)
            .overrideAuthority("weir.test")
            .sslContext(GrpcSslContexts.forClient().trustManager(certificate.certificate()).build())
            .build();
    PARTS.ran(
        "grpc-java, client and server", GrpcUtil.getGrpcBuildVersion().getImplementationVersion());
  }

  @AfterAll
  void stop() throws Exception {
    plain.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
    secure.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
    gateway.close();
    server.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
  }

  private ManagedChannel channel(String kind) {
    return kind.equals("plain") ? plain : secure;
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
                out.onError(Status.NOT_FOUND.withDescription("no such thing: ä").asException())))
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
        .addMethod(SUM, ServerCalls.asyncClientStreamingCall(Summing::new))
        .addMethod(CHAT, ServerCalls.asyncBidiStreamingCall(out -> out))
        .build();
  }

  /** Answers with the number of bytes when the client has sent its last message. */
  private static final class Summing implements StreamObserver<byte[]> {
    private final StreamObserver<byte[]> out;
    private long sum;

    Summing(StreamObserver<byte[]> out) {
      this.out = out;
    }

    @Override
    public void onNext(byte[] message) {
      sum += message.length;
    }

    @Override
    public void onError(Throwable cause) {}

    @Override
    public void onCompleted() {
      out.onNext(text(Long.toString(sum)));
      out.onCompleted();
    }
  }

  /** Adds metadata to the trailers of every call, with what the client sent in binary. */
  private static final class EndsWithTrailer implements ServerInterceptor {
    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
      byte @Nullable [] sent = headers.get(BINARY);
      return next.startCall(
          new SimpleForwardingServerCall<>(call) {
            @Override
            public void close(Status status, Metadata trailers) {
              trailers.put(TRAILER, "done");
              if (sent != null) {
                trailers.put(BINARY, sent);
              }
              super.close(status, trailers);
            }
          },
          headers);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"plain", "secure"})
  void unaryCallsWithTrailers(String kind) {
    AtomicReference<Metadata> headers = new AtomicReference<>();
    AtomicReference<Metadata> trailers = new AtomicReference<>();
    Metadata sent = new Metadata();
    sent.put(BINARY, new byte[] {0, 1, (byte) 0xff});
    byte[] answer =
        ClientCalls.blockingUnaryCall(
            ClientInterceptors.intercept(
                channel(kind),
                MetadataUtils.newCaptureMetadataInterceptor(headers, trailers),
                MetadataUtils.newAttachHeadersInterceptor(sent)),
            UNARY,
            CallOptions.DEFAULT,
            text("hi"));
    assertThat(answer).isEqualTo(text("hi"));
    assertThat(Objects.requireNonNull(trailers.get()).get(TRAILER)).isEqualTo("done");
    assertThat(trailers.get().get(BINARY)).containsExactly(0, 1, 0xff);
  }

  @ParameterizedTest
  @ValueSource(strings = {"plain", "secure"})
  void aThousandCallsAtOnce(String kind) throws Exception {
    List<CompletableFuture<byte[]>> answers = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      CompletableFuture<byte[]> answer = new CompletableFuture<>();
      answers.add(answer);
      ClientCalls.asyncUnaryCall(
          channel(kind).newCall(UNARY, CallOptions.DEFAULT), text("call " + i), into(answer));
    }
    for (int i = 0; i < 1000; i++) {
      assertThat(answers.get(i).get(30, TimeUnit.SECONDS)).isEqualTo(text("call " + i));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"plain", "secure"})
  void serverStreaming(String kind) {
    Iterator<byte[]> messages =
        ClientCalls.blockingServerStreamingCall(
            channel(kind), COUNT, CallOptions.DEFAULT, text("go"));
    for (int i = 0; i < 1000; i++) {
      assertThat(messages.next()).isEqualTo(text("message " + i));
    }
    assertThat(messages.hasNext()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"plain", "secure"})
  void clientStreaming(String kind) throws Exception {
    CompletableFuture<byte[]> answer = new CompletableFuture<>();
    StreamObserver<byte[]> out =
        ClientCalls.asyncClientStreamingCall(
            channel(kind).newCall(SUM, CallOptions.DEFAULT), into(answer));
    for (int i = 0; i < 50; i++) {
      out.onNext(new byte[100_000]);
    }
    out.onCompleted();
    assertThat(answer.get(30, TimeUnit.SECONDS)).isEqualTo(text("5000000"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"plain", "secure"})
  void bothWaysStreamingMessageByMessage(String kind) throws Exception {
    BlockingQueue<byte[]> received = new LinkedBlockingQueue<>();
    CompletableFuture<@Nullable Void> ended = new CompletableFuture<>();
    StreamObserver<byte[]> out =
        ClientCalls.asyncBidiStreamingCall(
            channel(kind).newCall(CHAT, CallOptions.DEFAULT),
            new StreamObserver<>() {
              @Override
              public void onNext(byte[] message) {
                received.add(message);
              }

              @Override
              public void onError(Throwable cause) {
                ended.completeExceptionally(cause);
              }

              @Override
              public void onCompleted() {
                ended.complete(null);
              }
            });
    for (int i = 0; i < 100; i++) {
      out.onNext(text("ping " + i));
      assertThat(received.poll(20, TimeUnit.SECONDS)).isEqualTo(text("ping " + i));
    }
    out.onCompleted();
    ended.get(20, TimeUnit.SECONDS);
  }

  @ParameterizedTest
  @ValueSource(strings = {"plain", "secure"})
  void statusAndDescriptionOfFailures(String kind) {
    Status failed = failure(channel(kind), FAIL);
    assertThat(failed.getCode()).isEqualTo(Status.Code.NOT_FOUND);
    assertThat(failed.getDescription()).isEqualTo("no such thing: ä");
    assertThat(failure(channel(kind), method("nowhere", MethodType.UNARY)).getCode())
        .isEqualTo(Status.Code.UNIMPLEMENTED);
  }

  @Test
  void whatTheGatewayAnswersIsGrpcToo() {
    MethodDescriptor<byte[], byte[]> dead =
        MethodDescriptor.<byte[], byte[]>newBuilder(BYTES, BYTES)
            .setFullMethodName("dead/call")
            .setType(MethodType.UNARY)
            .build();
    Status unavailable = failure(plain, dead);
    assertThat(unavailable.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(unavailable.getDescription()).isEqualTo("upstream-connect-failure");
    MethodDescriptor<byte[], byte[]> unrouted =
        MethodDescriptor.<byte[], byte[]>newBuilder(BYTES, BYTES)
            .setFullMethodName("unrouted/call")
            .setType(MethodType.UNARY)
            .build();
    assertThat(failure(plain, unrouted).getCode()).isEqualTo(Status.Code.UNIMPLEMENTED);
  }

  @Test
  void aCancelledCallIsCancelledAtTheServer() throws Exception {
    CompletableFuture<byte[]> answer = new CompletableFuture<>();
    var call = plain.newCall(HANG, CallOptions.DEFAULT);
    ClientCalls.asyncUnaryCall(call, text("wait"), into(answer));
    assertThat(hanging.await(20, TimeUnit.SECONDS)).isTrue();
    call.cancel("enough", null);
    assertThat(cancelled.await(20, TimeUnit.SECONDS)).isTrue();
  }

  private static Status failure(ManagedChannel channel, MethodDescriptor<byte[], byte[]> method) {
    return catchThrowableOfType(
            StatusRuntimeException.class,
            () -> ClientCalls.blockingUnaryCall(channel, method, CallOptions.DEFAULT, text("")))
        .getStatus();
  }

  private static StreamObserver<byte[]> into(CompletableFuture<byte[]> answer) {
    return new StreamObserver<>() {
      @Override
      public void onNext(byte[] message) {
        answer.complete(message);
      }

      @Override
      public void onError(Throwable cause) {
        answer.completeExceptionally(cause);
      }

      @Override
      public void onCompleted() {}
    };
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static MethodDescriptor<byte[], byte[]> method(String name, MethodType type) {
    return MethodDescriptor.<byte[], byte[]>newBuilder(BYTES, BYTES)
        .setFullMethodName("test/" + name)
        .setType(type)
        .build();
  }
}
