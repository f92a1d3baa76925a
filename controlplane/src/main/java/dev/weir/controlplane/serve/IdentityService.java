package dev.weir.controlplane.serve;

import com.google.protobuf.BytesValue;
import com.google.protobuf.StringValue;
import dev.weir.controlplane.identity.InvalidMaterial;
import dev.weir.core.xds.IdentityCall;
import io.grpc.BindableService;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCallHandler;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Objects;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Gives proxies their certificates: {@link IdentityCall}. Who asks is proven by a token alone. */
final class IdentityService implements BindableService {
  private static final Logger LOG = LoggerFactory.getLogger(IdentityService.class);

  static final MethodDescriptor<BytesValue, StringValue> ISSUE =
      MethodDescriptor.<BytesValue, StringValue>newBuilder()
          .setType(MethodType.UNARY)
          .setFullMethodName(IdentityCall.METHOD)
          .setRequestMarshaller(ProtoUtils.marshaller(BytesValue.getDefaultInstance()))
          .setResponseMarshaller(ProtoUtils.marshaller(StringValue.getDefaultInstance()))
          .build();

  static final String NAME =
      Objects.requireNonNull(MethodDescriptor.extractFullServiceName(IdentityCall.METHOD));

  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  /** The reason is not for strangers. */
  private static final String NOT_NOW = "the token cannot be reviewed now; try again later";

  private static final String BEARER = "Bearer ";

  private static final Context.Key<String> TOKEN = Context.key("token");

  /** Tokens that are under review at one moment: strangers must not keep the API server busy. */
  private static final int MOST_REVIEWS = 32;

  private final ServeTls.Issuing issuing;
  private final Semaphore reviews = new Semaphore(MOST_REVIEWS);

  IdentityService(ServeTls.Issuing issuing) {
    this.issuing = issuing;
  }

  @Override
  public ServerServiceDefinition bindService() {
    ServerCallHandler<BytesValue, StringValue> handler = ServerCalls.asyncUnaryCall(this::issue);
    return ServerServiceDefinition.builder(NAME)
        .addMethod(
            ISSUE,
            (call, head) ->
                Contexts.interceptCall(
                    Context.current().withValue(TOKEN, token(head)), call, head, handler))
        .build();
  }

  private static @Nullable String token(Metadata head) {
    String authorization = head.get(AUTHORIZATION);
    return authorization != null && authorization.startsWith(BEARER)
        ? authorization.substring(BEARER.length())
        : null;
  }

  private void issue(BytesValue request, StreamObserver<StringValue> out) {
    try {
      out.onNext(StringValue.of(certificate(request.getValue().toByteArray())));
      out.onCompleted();
    } catch (Refused e) {
      LOG.warn("no certificate was issued: {}", e.status.getDescription());
      out.onError(e.status.asRuntimeException());
    }
  }

  private String certificate(byte[] request) throws Refused {
    String token = TOKEN.get();
    if (token == null) {
      throw new Refused(
          Status.UNAUTHENTICATED,
          "the metadata must have \"authorization: Bearer <token of the ServiceAccount>\"");
    }
    String serves = review(token);
    if (serves == null || Scope.of(serves) == null) {
      throw new Refused(
          Status.PERMISSION_DENIED, "the token is not that of a ServiceAccount that runs proxies");
    }
    try {
      String certificate = issuing.authority().issue(request, serves, issuing.lifetime());
      LOG.info("issued a certificate for {}", serves);
      return certificate;
    } catch (InvalidMaterial e) {
      throw new Refused(Status.INVALID_ARGUMENT, e.getMessage());
    }
  }

  private @Nullable String review(String token) throws Refused {
    if (!reviews.tryAcquire()) {
      throw new Refused(
          Status.RESOURCE_EXHAUSTED, "too many tokens are under review; try again later");
    }
    try {
      return issuing.tokens().serves(token);
    } catch (IOException | UncheckedIOException e) {
      LOG.warn("cannot review a token: {}", e.getMessage());
      throw new Refused(Status.UNAVAILABLE, NOT_NOW);
    } catch (RuntimeException e) {
      LOG.warn("cannot review a token", e);
      throw new Refused(Status.UNAVAILABLE, NOT_NOW);
    } finally {
      reviews.release();
    }
  }

  /** Why there is no certificate. */
  private static final class Refused extends Exception {
    private static final long serialVersionUID = 1;
    private final transient Status status;

    Refused(Status status, @Nullable String why) {
      super(why);
      this.status = status.withDescription(why);
    }
  }
}
