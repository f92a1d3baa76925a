package dev.weir.conformance;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/** Takes the steps of one case, those side by side that may be. */
final class CaseRun {
  private static final int SIDE_BY_SIDE = 8;

  private final World world;
  private final StatusSteps statusSteps;
  private final ObjectSteps objectSteps;
  private final TrafficSteps trafficSteps;

  CaseRun(World world) {
    this.world = world;
    this.statusSteps = new StatusSteps(world);
    this.objectSteps = new ObjectSteps(world);
    this.trafficSteps = new TrafficSteps(world);
  }

  /** Takes the steps until one fails, or one says that the rest does not apply. */
  List<CaseResult.Failure> take(List<Step> steps) throws InterruptedException {
    int next = 0;
    while (next < steps.size()) {
      int end = next + 1;
      if (steps.get(next).parallel()) {
        while (end < steps.size() && steps.get(end).parallel()) {
          end++;
        }
      }
      List<Step> group = steps.subList(next, end);
      if (endsCase(group.getFirst())) {
        return List.of();
      }
      List<CaseResult.Failure> failures = sideBySide(group);
      if (!failures.isEmpty()) {
        return failures;
      }
      next = end;
    }
    return List.of();
  }

  private boolean endsCase(Step step) {
    return switch (step) {
      case ObjectStep.SkipIfSupported skip -> world.claimed().contains(skip.feature());
      case ObjectStep.SkipUnlessSupported skip -> !world.claimed().contains(skip.feature());
      default -> false;
    };
  }

  private List<CaseResult.Failure> sideBySide(List<Step> group) throws InterruptedException {
    if (group.size() == 1) {
      CaseResult.Failure failure = failure(group.getFirst());
      return failure == null ? List.of() : List.of(failure);
    }
    var permits = new Semaphore(SIDE_BY_SIDE);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<CaseResult.@Nullable Failure>> running = new ArrayList<>();
      for (Step step : group) {
        running.add(
            threads.submit(() -> {
              permits.acquire();
              try {
                return failure(step);
              } finally {
                permits.release();
              }
            }));
      }
      List<CaseResult.Failure> failures = new ArrayList<>();
      for (Future<CaseResult.@Nullable Failure> one : running) {
        CaseResult.Failure failure = one.get();
        if (failure != null) {
          failures.add(failure);
        }
      }
      return failures;
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
  }

  private CaseResult.@Nullable Failure failure(Step step) throws InterruptedException {
    try {
      switch (step) {
        case StatusStep status -> statusSteps.take(status);
        case ObjectStep object -> objectSteps.take(object);
        case TrafficStep traffic -> trafficSteps.take(traffic);
      }
      return null;
    } catch (StepFailure | IOException | RuntimeException e) {
      String what = e instanceof StepFailure ? e.getMessage() : e.toString();
      return new CaseResult.Failure(
          step.getClass().getSimpleName(),
          step.subtest() == null ? "" : step.subtest(),
          describe(step),
          what == null ? "" : what);
    }
  }

  /** What the step is about, short. */
  private static String describe(Step step) {
    return switch (step) {
      case TrafficStep.Request request -> call(request.to(), request.request());
      case TrafficStep.RequestFails request -> call(request.to(), request.request());
      case TrafficStep traffic -> traffic.to().gateway() + ":" + traffic.to().port();
      case StatusStep.WaitRoutesAccepted wait -> wait.gateway() + " " + wait.routes();
      case StatusStep.RouteCondition one -> one.kind() + " " + one.route();
      case StatusStep.RouteParents one -> one.kind() + " " + one.route();
      case StatusStep.NoAcceptedParents one -> one.kind() + " " + one.route();
      case StatusStep.PolicyCondition one -> one.kind() + " " + one.policy();
      case StatusStep.GatewayCondition one -> "Gateway " + one.gateway();
      case StatusStep.ListenersStatus one -> one.parentKind() + " " + one.parent();
      case StatusStep.ListenersConditions one -> one.parentKind() + " " + one.parent();
      case StatusStep.ZeroRoutes one -> "Gateway " + one.gateway();
      case ObjectStep.Patch patch -> patch.kind() + " " + patch.name();
      default -> "";
    };
  }

  private static String call(TrafficStep.Target to, TrafficStep.HttpCall call) {
    return call.protocol()
        + " "
        + call.method()
        + " "
        + (call.host() == null ? "" : call.host())
        + call.path()
        + (call.headers() == null ? "" : " " + call.headers())
        + " to "
        + to.gateway()
        + ":"
        + to.port();
  }
}
