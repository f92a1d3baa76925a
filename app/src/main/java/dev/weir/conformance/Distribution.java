package dev.weir.conformance;

import dev.weir.echo.EchoAnswer;
import dev.weir.echo.GrpcEchoAnswer;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;

/** Sends many requests and compares how they are spread over the backends. */
final class Distribution {
  private final World world;
  private final GrpcSteps grpc;
  private final StreamSteps streams;
  private final DatagramSteps datagrams;

  Distribution(World world, GrpcSteps grpc, StreamSteps streams, DatagramSteps datagrams) {
    this.world = world;
    this.grpc = grpc;
    this.streams = streams;
    this.datagrams = datagrams;
  }

  void take(TrafficStep.WeightedDistribution step) throws StepFailure, InterruptedException {
    Callable<String> pod = sampler(step);
    List<String> differences = List.of();
    for (int attempt = 0; attempt < step.maxAttempts(); attempt++) {
      try {
        differences =
            differences(
                step.weights(),
                step.toleranceAbsolute(),
                sample(pod, step.totalRequests(), step.concurrency()));
      } catch (ExecutionException e) {
        differences = List.of(String.valueOf(e.getCause()));
      }
      if (differences.isEmpty()) {
        return;
      }
    }
    throw new StepFailure(
        "after " + step.maxAttempts() + " attempts: " + String.join("; ", differences));
  }

  private static List<String> sample(Callable<String> pod, int requests, int concurrency)
      throws InterruptedException, ExecutionException {
    var permits = new Semaphore(concurrency);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<String>> samples = new ArrayList<>(requests);
      for (int i = 0; i < requests; i++) {
        samples.add(
            threads.submit(() -> {
              permits.acquire();
              try {
                return pod.call();
              } finally {
                permits.release();
              }
            }));
      }
      List<String> pods = new ArrayList<>(requests);
      for (Future<String> sample : samples) {
        pods.add(sample.get());
      }
      return pods;
    }
  }

  /** What is wrong with how often each pod was met. */
  static List<String> differences(
      Map<String, Double> weights, double tolerance, List<String> pods) {
    Map<String, Integer> counts = new TreeMap<>();
    weights.keySet().forEach(prefix -> counts.put(prefix, 0));
    List<String> differences = new ArrayList<>();
    for (String pod : pods) {
      var owner = weights.keySet().stream().filter(pod::startsWith).findFirst();
      owner.ifPresentOrElse(
          prefix -> counts.merge(prefix, 1, Integer::sum),
          () -> differences.add("a request met pod " + pod));
    }
    weights.forEach((prefix, weight) -> {
      int count = counts.getOrDefault(prefix, 0);
      double share = count / (double) pods.size();
      if (weight == 0 ? count > 0 : Math.abs(share - weight) > tolerance) {
        differences.add(prefix + ": expected a share of " + weight + ", seen " + share);
      }
    });
    return differences;
  }

  private Callable<String> sampler(TrafficStep.WeightedDistribution step) throws StepFailure {
    return switch (step.kind()) {
      case "http" -> http(step);
      case "grpc" -> grpc(step);
      case "tcp" -> () -> streams.pod(step.to(), Duration.ofSeconds(10));
      case "udp" -> () -> datagrams.pod(step.to());
      default -> throw new StepFailure("no known kind of distribution: " + step.kind());
    };
  }

  private Callable<String> http(TrafficStep.WeightedDistribution step) throws StepFailure {
    if (step.request() == null || step.expect() == null) {
      throw new StepFailure("a distribution of HTTP requests without request");
    }
    var call = CaseFile.part(step.request(), TrafficStep.HttpCall.class);
    var expected = CaseFile.part(step.expect(), ExpectedExchange.class);
    return () -> {
      Outgoing plain =
          Exchange.outgoing(
              call, world.address(step.to().gateway()), step.to().port(), null, UUID.randomUUID());
      List<Map.Entry<String, String>> fields = new ArrayList<>(plain.fields());
      fields.addAll(jitter());
      Outgoing request =
          new Outgoing(
              plain.address(),
              plain.port(),
              plain.protocol(),
              plain.method(),
              plain.target(),
              plain.authority(),
              List.copyOf(fields),
              plain.body(),
              null);
      Reply reply = world.requester().send(request);
      List<String> differences =
          Comparison.differences(expected, request, reply, world.cluster()::material);
      EchoAnswer echo = Comparison.echo(reply);
      if (!differences.isEmpty() || echo == null) {
        throw new IOException(String.join("; ", differences));
      }
      return echo.pod();
    };
  }

  private Callable<String> grpc(TrafficStep.WeightedDistribution step) throws StepFailure {
    if (step.request() == null || step.expect() == null) {
      throw new StepFailure("a distribution of gRPC calls without call");
    }
    var call = CaseFile.part(step.request(), TrafficStep.GrpcCall.class);
    var expected = CaseFile.part(step.expect(), TrafficStep.ExpectedGrpc.class);
    return () -> {
      GrpcSteps.Outcome outcome = grpc.call(step.to(), call, jitter());
      List<String> differences = GrpcSteps.differences(expected, outcome);
      GrpcEchoAnswer echo = outcome.echo();
      if (!differences.isEmpty() || echo == null) {
        throw new IOException(String.join("; ", differences));
      }
      return echo.pod();
    };
  }

  /** A field that makes every other request a little different. */
  private static List<Map.Entry<String, String>> jitter() {
    var random = ThreadLocalRandom.current();
    return random.nextBoolean()
        ? List.of(Map.entry(Exchange.JITTER, Integer.toString(random.nextInt(10_000))))
        : List.of();
  }
}
