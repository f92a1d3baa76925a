package dev.weir.proxy.source.ads;

import com.google.protobuf.ByteString;
import com.google.protobuf.BytesValue;
import com.google.protobuf.StringValue;
import dev.weir.core.xds.IdentityCall;
import dev.weir.proxy.source.ads.AdsOptions.Security;
import io.grpc.CallOptions;
import io.grpc.ChannelCredentials;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A certificate that the controller issues against a token: asked for before the first connection,
 * and again when two thirds of its life are over. The stream that runs is not touched, the next
 * connection shows the new one. On the source's thread.
 */
final class IssuedCredentials implements Credentials {
  private static final Logger log = LoggerFactory.getLogger(IssuedCredentials.class);

  /** For the controller's answer. */
  static final int ISSUE_SECONDS = 10;

  /** Not sooner than this after one was issued another is asked for. */
  static final int SHORTEST_LIFE_SECONDS = 1;

  private static final MethodDescriptor<BytesValue, StringValue> ISSUE =
      MethodDescriptor.<BytesValue, StringValue>newBuilder()
          .setType(MethodType.UNARY)
          .setFullMethodName(IdentityCall.METHOD)
          .setRequestMarshaller(ProtoUtils.marshaller(BytesValue.getDefaultInstance()))
          .setResponseMarshaller(ProtoUtils.marshaller(StringValue.getDefaultInstance()))
          .build();
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  private final AdsOptions options;
  private final Security.Token security;
  private final Channels channels;
  private final ScheduledExecutorService thread;
  private final BackOff backOff;
  private final InstantSource clock;
  private @Nullable Issued issued;
  private @Nullable CompletableFuture<Issued> asked;
  private @Nullable Future<?> renewal;

  /** A certificate with its chain (PEM) and its key. */
  private record Issued(String chain, PrivateKey key, Instant begin, Instant end) {
    boolean lives(Instant now) {
      return now.isBefore(end);
    }

    /** When it is to be replaced. */
    Instant due() {
      return begin.plus(Duration.between(begin, end).multipliedBy(2).dividedBy(3));
    }
  }

  IssuedCredentials(
      AdsOptions options,
      Security.Token security,
      Channels channels,
      ScheduledExecutorService thread,
      BackOff backOff,
      InstantSource clock) {
    this.options = options;
    this.security = security;
    this.channels = channels;
    this.thread = thread;
    this.backOff = backOff;
    this.clock = clock;
  }

  @Override
  public CompletionStage<ChannelCredentials> next() {
    Issued present = issued;
    CompletionStage<Issued> usable =
        present != null && present.lives(clock.instant())
            ? CompletableFuture.completedFuture(present)
            : issue();
    return usable.thenCompose(this::credentials);
  }

  private CompletionStage<ChannelCredentials> credentials(Issued identity) {
    try {
      var credentials = Credentials.trusting(security.authorities());
      credentials.keyManager(stream(identity.chain()), stream(pem(identity.key())));
      return CompletableFuture.completedFuture(credentials.build());
    } catch (IOException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /** Asks the controller, unless it is being asked. */
  private CompletionStage<Issued> issue() {
    CompletableFuture<Issued> running = asked;
    if (running != null) {
      return running;
    }
    CompletableFuture<Issued> answer = new CompletableFuture<>();
    asked = answer;
    try {
      CertificateRequest request = CertificateRequest.of(options.node(), options.serves());
      ask(request, answer);
    } catch (IOException e) {
      answer.completeExceptionally(e);
    }
    return answer.whenComplete((identity, failure) -> {
      asked = null;
      if (identity != null) {
        issued = identity;
        backOff.reset();
        renewAt(identity.due());
      }
    });
  }

  private void ask(CertificateRequest request, CompletableFuture<Issued> answer)
      throws IOException {
    Metadata metadata = new Metadata();
    metadata.put(AUTHORIZATION, "Bearer " + token());
    ManagedChannel channel = channels.open(Credentials.trusting(security.authorities()).build());
    var call =
        ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(metadata))
            .newCall(ISSUE, CallOptions.DEFAULT.withDeadlineAfter(ISSUE_SECONDS, TimeUnit.SECONDS));
    ClientCalls.asyncUnaryCall(
        call,
        BytesValue.of(ByteString.copyFrom(request.der())),
        new StreamObserver<StringValue>() {
          @Override
          public void onNext(StringValue chain) {
            try {
              answer.complete(issued(chain.getValue(), request.keys().getPrivate()));
            } catch (CertificateException e) {
              answer.completeExceptionally(
                  new IOException("the controller issued no certificate: " + e.getMessage(), e));
            }
          }

          @Override
          public void onError(Throwable failure) {
            channel.shutdownNow();
            answer.completeExceptionally(
                new IOException("no certificate was issued: " + failure.getMessage(), failure));
          }

          @Override
          public void onCompleted() {
            channel.shutdownNow();
            answer.completeExceptionally(new IOException("no certificate was issued"));
          }
        });
  }

  private String token() throws IOException {
    try {
      return Files.readString(security.token(), StandardCharsets.UTF_8).strip();
    } catch (IOException e) {
      throw new IOException("the token in %s cannot be read: %s".formatted(security.token(), e), e);
    }
  }

  private static Issued issued(String chain, PrivateKey key) throws CertificateException {
    X509Certificate certificate =
        (X509Certificate)
            CertificateFactory.getInstance("X.509").generateCertificate(stream(chain));
    return new Issued(
        chain, key, certificate.getNotBefore().toInstant(), certificate.getNotAfter().toInstant());
  }

  private void renewAt(Instant due) {
    long nanos = Duration.between(clock.instant(), due).toNanos();
    renewIn(Math.max(nanos, TimeUnit.SECONDS.toNanos(SHORTEST_LIFE_SECONDS)));
  }

  private void renewIn(long nanos) {
    close();
    renewal = thread.schedule(this::renew, nanos, TimeUnit.NANOSECONDS);
  }

  private void renew() {
    issue()
        .whenComplete((identity, failure) -> {
          if (failure != null) {
            log.warn(
                "the certificate was not renewed, the one before stays in use: {}",
                failure.getMessage());
            renewIn(backOff.nextNanos());
          }
        });
  }

  @Override
  public void close() {
    if (renewal != null) {
      renewal.cancel(false);
    }
  }

  private static InputStream stream(String text) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.US_ASCII));
  }

  private static String pem(PrivateKey key) {
    String base64 = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(key.getEncoded());
    return "-----BEGIN PRIVATE KEY-----\n" + base64 + "\n-----END PRIVATE KEY-----\n";
  }
}
