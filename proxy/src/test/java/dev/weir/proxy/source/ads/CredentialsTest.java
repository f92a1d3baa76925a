package dev.weir.proxy.source.ads;

import static dev.weir.core.xds.ResourceType.CLUSTER;
import static dev.weir.core.xds.ResourceType.LISTENER;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.BytesValue;
import com.google.protobuf.StringValue;
import dev.weir.core.xds.IdentityCall;
import dev.weir.proxy.compile.Compiler;
import dev.weir.proxy.observe.ControlPlaneMetrics;
import dev.weir.proxy.source.Installer.InstallResult;
import dev.weir.proxy.source.Rollout;
import dev.weir.proxy.source.ads.AdsOptions.Security;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerCredentials;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.TlsServerCredentials;
import io.grpc.TlsServerCredentials.ClientAuth;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ServerCalls;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.bouncycastle.asn1.x509.GeneralName;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who the proxy says it is, to a server with TLS whose authority the test plays. */
class CredentialsTest {
  private static final Duration SOON = Duration.ofMillis(100);

  @TempDir private Path dir;

  private final HandTurnedClock time = new HandTurnedClock();
  private final BlockingQueue<String> tokens = new LinkedBlockingQueue<>();
  private Authority authority;
  private Controller controller;
  private @Nullable AdsSource source;

  @BeforeEach
  void start() throws Exception {
    authority = Authority.create("fleet");
    KeyPair keys = Authority.pair();
    Path certificate =
        Files.writeString(
            dir.resolve("server.pem"),
            authority.issue(keys.getPublic(), GeneralName.iPAddress, Controller.host()));
    Path key =
        Files.writeString(
            dir.resolve("server.key"),
            Authority.pem("PRIVATE KEY", keys.getPrivate().getEncoded()));
    ServerCredentials credentials =
        TlsServerCredentials.newBuilder()
            .keyManager(certificate.toFile(), key.toFile())
            .trustManager(authority.in(dir.resolve("ca.pem")).toFile())
            .clientAuth(ClientAuth.OPTIONAL)
            .build();
    controller = Controller.start(credentials, 0, this::identity);
  }

  @AfterEach
  void stop() {
    if (source != null) {
      source.close();
    }
    controller.close();
  }

  /** The call that issues certificates, to whoever has a token that begins with "good". */
  private ServerServiceDefinition identity() {
    MethodDescriptor<BytesValue, StringValue> method =
        MethodDescriptor.<BytesValue, StringValue>newBuilder()
            .setType(MethodType.UNARY)
            .setFullMethodName(IdentityCall.METHOD)
            .setRequestMarshaller(ProtoUtils.marshaller(BytesValue.getDefaultInstance()))
            .setResponseMarshaller(ProtoUtils.marshaller(StringValue.getDefaultInstance()))
            .build();
    ServerServiceDefinition service =
        ServerServiceDefinition.builder(Objects.requireNonNull(method.getServiceName()))
            .addMethod(
                method,
                ServerCalls.asyncUnaryCall((request, answer) -> {
                  try {
                    byte[] der = request.getValue().toByteArray();
                    answer.onNext(StringValue.of(authority.grant(der)));
                    answer.onCompleted();
                  } catch (Exception e) {
                    answer.onError(e);
                  }
                }))
            .build();
    return ServerInterceptors.intercept(service, new Tokens());
  }

  private final class Tokens implements ServerInterceptor {
    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, A> call, Metadata head, ServerCallHandler<Q, A> next) {
      String token =
          String.valueOf(
              head.get(Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER)));
      tokens.add(token);
      if (!token.startsWith("Bearer good")) {
        call.close(Status.UNAUTHENTICATED.withDescription("not that token"), new Metadata());
        return new ServerCall.Listener<>() {};
      }
      return next.startCall(call, head);
    }
  }

  private void source(Security security) {
    AdsSource made =
        new AdsSource(
            new AdsOptions(
                Controller.host(),
                controller.port(),
                "proxy-1",
                "Gateway/default/edge",
                "1.2.3",
                security),
            new Rollout(
                new Compiler(List.of()),
                plan -> CompletableFuture.completedFuture(InstallResult.COMPLETE)),
            null,
            applied -> {},
            new ControlPlaneMetrics(time),
            time,
            InstantSource.system(),
            new Random(7),
            time);
    source = made;
    made.start();
  }

  private static void begins(Controller.Stream stream) throws InterruptedException {
    stream.request(CLUSTER);
    stream.request(LISTENER);
  }

  private String token() throws InterruptedException {
    return Objects.requireNonNull(tokens.poll(20, TimeUnit.SECONDS), "nobody asked");
  }

  @Test
  void getsACertificateForItsTokenAndRenewsIt() throws Exception {
    Path token = Files.writeString(dir.resolve("token"), "good 1\n");
    source(new Security.Token(dir.resolve("ca.pem"), token));

    Controller.Stream stream = controller.stream();
    begins(stream);
    assertThat(token()).isEqualTo("Bearer good 1");
    X509Certificate first = controller.peer();
    assertThat(first.getSubjectX500Principal().getName()).isEqualTo("CN=proxy-1");
    assertThat(first.getSubjectAlternativeNames())
        .containsExactly(
            List.of(
                GeneralName.uniformResourceIdentifier, "spiffe://weir.dev/Gateway/default/edge"));

    Files.writeString(token, "good 2\n");
    time.run(time.planned(Duration.ofHours(15), Duration.ofMinutes(16 * 60 + 1)));
    assertThat(token()).isEqualTo("Bearer good 2");
    // Planned when the new one has come.
    HandTurnedClock.Later next = time.planned(Duration.ofHours(15), Duration.ofHours(17));
    stream.send(CLUSTER, "c1", "clusters: [{name: a}]");
    stream.accepts(CLUSTER, "c1");

    stream.cut();
    time.run(time.planned(Duration.ofNanos(1), SOON));
    begins2(controller.stream());
    X509Certificate second = controller.peer();
    assertThat(second.getSerialNumber()).isGreaterThan(first.getSerialNumber());
    assertThat(second.getPublicKey()).isNotEqualTo(first.getPublicKey());

    // A token that is refused is no reason to give up what there is.
    Files.writeString(token, "bad");
    time.run(next);
    assertThat(token()).isEqualTo("Bearer bad");
    HandTurnedClock.Later again = time.planned(Duration.ofNanos(1), SOON);
    Files.writeString(token, "good 3");
    time.run(again);
    assertThat(token()).isEqualTo("Bearer good 3");
  }

  private static void begins2(Controller.Stream stream) throws InterruptedException {
    assertThat(stream.request(CLUSTER).getInitialResourceVersionsMap()).containsOnlyKeys("a");
    stream.request(LISTENER);
  }

  @Test
  void asksAgainUntilItGetsOne() throws Exception {
    Path token = dir.resolve("token");
    source(new Security.Token(dir.resolve("ca.pem"), token));
    HandTurnedClock.Later again = time.planned(Duration.ofNanos(1), SOON);
    assertThat(tokens).isEmpty();
    Files.writeString(token, "bad");
    time.run(again);
    assertThat(token()).isEqualTo("Bearer bad");
    again = time.planned(Duration.ofNanos(1), SOON.multipliedBy(2));
    Files.writeString(token, "good");
    time.run(again);

    begins(controller.stream());
  }

  /** A token must not get to somebody who only says that he is the controller. */
  @Test
  void showsNoTokenToStrangers() throws Exception {
    Path others = Authority.create("others").in(dir.resolve("others.pem"));
    Path token = Files.writeString(dir.resolve("token"), "good");
    source(new Security.Token(others, token));

    time.run(time.planned(Duration.ofNanos(1), SOON));
    time.planned(Duration.ofNanos(1), SOON.multipliedBy(2));

    assertThat(tokens).isEmpty();
  }

  @Test
  void readsItsFilesForEachConnection() throws Exception {
    Path certificate = dir.resolve("proxy.pem");
    Path key = dir.resolve("proxy.key");
    source(new Security.Files(dir.resolve("ca.pem"), certificate, key));
    HandTurnedClock.Later again = time.planned(Duration.ofNanos(1), SOON);
    X509Certificate before = null;
    for (int i = 0; i < 2; i++) {
      KeyPair keys = Authority.pair();
      Files.writeString(
          certificate,
          authority.issue(keys.getPublic(), GeneralName.uniformResourceIdentifier, "spiffe://x"));
      Files.writeString(key, Authority.pem("PRIVATE KEY", keys.getPrivate().getEncoded()));
      time.run(again);
      Controller.Stream stream = controller.stream();
      begins(stream);
      X509Certificate shown = controller.peer();
      assertThat(shown.getPublicKey()).isEqualTo(keys.getPublic());
      assertThat(shown).isNotEqualTo(before);
      before = shown;
      stream.cut();
      again = time.planned(Duration.ofNanos(1), SOON.multipliedBy(4));
    }
  }
}
