package dev.weir.conformance;

import dev.weir.echo.EchoAnswer;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Takes the steps that send HTTP requests, and hands the others on. */
final class TrafficSteps {
  private static final Duration MIRRORED = Duration.ofSeconds(10);

  private final World world;
  private final GrpcSteps grpc;
  private final StreamSteps streams;
  private final DatagramSteps datagrams;
  private final WebSocketStep webSockets;
  private final Distribution distribution;

  TrafficSteps(World world) {
    this.world = world;
    this.grpc = new GrpcSteps(world);
    this.streams = new StreamSteps(world);
    this.datagrams = new DatagramSteps(world);
    this.webSockets = new WebSocketStep(world);
    this.distribution = new Distribution(world, grpc, streams, datagrams);
  }

  void take(TrafficStep step) throws StepFailure, InterruptedException {
    switch (step) {
      case TrafficStep.Request request -> request(request);
      case TrafficStep.RequestFails request -> requestFails(request);
      case TrafficStep.RepeatRequest repeat -> repeat(repeat);
      case TrafficStep.GrpcRequest request -> grpc.request(request);
      case TrafficStep.GrpcRequestFails request -> grpc.requestFails(request);
      case TrafficStep.WeightedDistribution weighted -> distribution.take(weighted);
      case TrafficStep.WebSocketEcho socket -> webSockets.take(socket);
      case TrafficStep.TcpConnect connect -> streams.connect(connect);
      case TrafficStep.TcpEcho echo -> streams.echo(echo);
      case TrafficStep.TcpEchoRepeat repeat -> streams.repeat(repeat);
      case TrafficStep.TlsRejected rejected -> streams.rejected(rejected);
      case TrafficStep.UdpEcho echo -> datagrams.echo(echo);
      case TrafficStep.UdpEchoRepeat repeat -> datagrams.repeat(repeat);
      case TrafficStep.DnsQuery query -> datagrams.query(query);
    }
  }

  private void request(TrafficStep.Request step) throws StepFailure, InterruptedException {
    var last = new AtomicReference<@Nullable Outgoing>();
    Eventually.consistently(
        world.limits().traffic(),
        () -> {
          Exchange exchange = exchange(step.to(), step.tls(), step.request());
          last.set(exchange.request());
          return Comparison.differences(
              withUuid(step.expect(), step.request(), exchange.request()),
              exchange.request(),
              exchange.reply(),
              world.cluster()::material);
        });
    List<Ref> mirrors = step.expect().mirroredTo();
    Outgoing sent = last.get();
    if (mirrors != null && sent != null) {
      Eventually.once(
          MIRRORED,
          () ->
              mirrors.stream()
                  .filter(mirror -> !world.pods().saw(mirror, sent.target()))
                  .map(mirror -> "expected a copy of " + sent.target() + " at " + mirror)
                  .toList());
    }
  }

  private Exchange exchange(
      TrafficStep.Target to, TrafficStep.@Nullable Tls tls, TrafficStep.HttpCall call)
      throws IOException, InterruptedException {
    ClientTls client = tls == null ? null : ClientTls.of(tls, world.cluster());
    Outgoing request =
        Exchange.outgoing(call, world.address(to.gateway()), to.port(), client, UUID.randomUUID());
    return Exchange.of(world.requester(), call, request);
  }

  /** The expected path with the identifier that this attempt has sent. */
  private static ExpectedExchange withUuid(
      ExpectedExchange expected, TrafficStep.HttpCall call, Outgoing sent) {
    ExpectedExchange.SeenRequest seen = expected.requestSeenByBackend();
    int start = call.path().indexOf("{{uuid}}");
    if (seen == null || start < 0 || !seen.path().contains("{{uuid}}")) {
      return expected;
    }
    String uuid = sent.target().substring(start, start + 36);
    return new ExpectedExchange(
        expected.status(),
        expected.backend(),
        new ExpectedExchange.SeenRequest(
            seen.host(),
            seen.path().replace("{{uuid}}", uuid),
            seen.method(),
            seen.headers(),
            seen.absentHeaders(),
            seen.sni(),
            seen.clientCert(),
            seen.httpPort()),
        expected.requestSeenByBackendDefaulted(),
        expected.answeredByGateway(),
        expected.response(),
        expected.redirect(),
        expected.mirroredTo());
  }

  private void requestFails(TrafficStep.RequestFails step)
      throws StepFailure, InterruptedException {
    TrafficStep.ExpectedFailure expected = step.expect();
    Eventually.consistently(
        world.limits().traffic(),
        () -> {
          ClientTls tls = step.tls() == null ? null : ClientTls.of(step.tls(), world.cluster());
          Outgoing request =
              Exchange.outgoing(
                  step.request(),
                  world.address(step.to().gateway()),
                  step.to().port(),
                  tls,
                  UUID.randomUUID());
          Reply reply;
          try {
            reply = world.requester().send(request);
          } catch (IOException e) {
            return expected.transportError() ? askedFor(tls, e) : List.of(String.valueOf(e));
          }
          if (expected.transportError()) {
            return List.of("expected the exchange to break, seen status " + reply.status());
          }
          if (expected.statusNot() != null && expected.statusNot().contains(reply.status())) {
            throw new StepFailure("expected a failure, seen status " + reply.status());
          }
          return Comparison.isTimeout(reply.status())
              ? List.of("expected an error that is no timeout, seen status " + reply.status())
              : List.of();
        });
  }

  private static List<String> askedFor(@Nullable ClientTls tls, IOException failure) {
    boolean asked = tls == null || tls.identity() == null || tls.identity().asked().get();
    return asked ? List.of() : List.of("the gateway asked for no client certificate: " + failure);
  }

  private void repeat(TrafficStep.RepeatRequest step) throws StepFailure, InterruptedException {
    TrafficStep.CountedHeader header = step.expectEach().backendRequestHeader();
    for (int i = 0; i < step.count(); i++) {
      EchoAnswer echo;
      try {
        echo = Comparison.echo(exchange(step.to(), step.tls(), step.request()).reply());
      } catch (IOException e) {
        throw new StepFailure("request " + i + ": " + e.getMessage());
      }
      if (echo == null) {
        throw new StepFailure("request " + i + ": expected an answer of an echo backend");
      }
      List<String> values = echo.headers().getOrDefault(header.name(), List.of());
      if (values.size() != header.valueCount() || !echo.pod().startsWith(values.getFirst())) {
        throw new StepFailure(
            "request " + i + ": " + header.name() + " " + values + " at pod " + echo.pod());
      }
    }
  }
}
