package dev.weir.conformance;

import dev.weir.core.api.Bytes;
import dev.weir.echo.GrpcEchoAnswer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Takes the steps that make unary gRPC calls, in plain text with prior knowledge of HTTP/2. */
final class GrpcSteps {
  private static final Bytes EMPTY_MESSAGE = Bytes.of(new byte[5]);
  private static final int OK = 0;
  private static final int INTERNAL = 13;
  private static final int UNKNOWN = 2;
  private static final int UNAVAILABLE = 14;
  private static final int UNIMPLEMENTED = 12;

  private final World world;

  GrpcSteps(World world) {
    this.world = world;
  }

  /**
   * The outcome of a call.
   *
   * @param echo null unless the backend answered
   */
  record Outcome(int status, @Nullable GrpcEchoAnswer echo) {}

  Outcome call(
      TrafficStep.Target to, TrafficStep.GrpcCall call, List<Map.Entry<String, String>> more)
      throws IOException, InterruptedException {
    String address = world.address(to.gateway());
    List<Map.Entry<String, String>> fields = new ArrayList<>();
    fields.add(Map.entry("content-type", "application/grpc"));
    fields.add(Map.entry("te", "trailers"));
    if (call.metadata() != null) {
      call.metadata().forEach((name, value) -> fields.add(Map.entry(name, value)));
    }
    fields.addAll(more);
    Reply reply =
        world
            .requester()
            .send(
                new Outgoing(
                    address,
                    to.port(),
                    Outgoing.Protocol.HTTP2,
                    "POST",
                    "/" + call.service() + "/" + call.method(),
                    Objects.requireNonNullElse(call.authority(), address + ":" + to.port()),
                    List.copyOf(fields),
                    EMPTY_MESSAGE,
                    null));
    int status = status(reply);
    return new Outcome(status, status == OK ? GrpcEchoAnswer.read(reply.body().toArray()) : null);
  }

  /** As gRPC over HTTP/2 says, with the mapping of HTTP statuses for servers that are none. */
  private static int status(Reply reply) {
    List<String> values = reply.trailers().get("grpc-status");
    if (values == null) {
      values = reply.headers().get("grpc-status");
    }
    if (values != null) {
      return Integer.parseInt(values.getFirst());
    }
    return switch (reply.status()) {
      case 400 -> INTERNAL;
      case 401 -> 16;
      case 403 -> 7;
      case 404 -> UNIMPLEMENTED;
      case 429, 502, 503, 504 -> UNAVAILABLE;
      default -> UNKNOWN;
    };
  }

  void request(TrafficStep.GrpcRequest step) throws StepFailure, InterruptedException {
    Eventually.consistently(
        world.limits().traffic(),
        () -> differences(step.expect(), call(step.to(), step.request(), List.of())));
  }

  static List<String> differences(TrafficStep.ExpectedGrpc expected, Outcome outcome) {
    List<String> differences = new ArrayList<>();
    if (outcome.status() != expected.grpcStatus()) {
      differences.add(
          "gRPC status: expected " + expected.grpcStatus() + ", seen " + outcome.status());
      return differences;
    }
    GrpcEchoAnswer echo = outcome.echo();
    TrafficStep.Backend backend = expected.backend();
    if (expected.grpcStatus() != OK || backend == null || echo == null) {
      return differences;
    }
    if (!echo.pod().startsWith(backend.podPrefix())) {
      differences.add("pod: expected " + backend.podPrefix() + "*, seen " + echo.pod());
    }
    if (!echo.namespace().equals(backend.namespace())) {
      differences.add("namespace: expected " + backend.namespace() + ", seen " + echo.namespace());
    }
    JsonNode declared = expected.declaredHeadersNotCheckedBySuite();
    if (declared != null) {
      declared
          .properties()
          .forEach(header -> {
            List<String> seen = echo.headers(header.getKey());
            if (!String.join(",", seen).equals(header.getValue().asString())) {
              differences.add(
                  "header "
                      + header.getKey()
                      + ": expected "
                      + header.getValue()
                      + ", seen "
                      + seen);
            }
          });
    }
    return differences;
  }

  void requestFails(TrafficStep.GrpcRequestFails step) throws StepFailure, InterruptedException {
    Eventually.consistently(
        world.limits().traffic(),
        () ->
            call(step.to(), step.request(), List.of()).status() == step.expect().grpcStatusNot()
                ? List.of("expected another gRPC status than " + step.expect().grpcStatusNot())
                : List.of());
  }
}
