package dev.weir.proxy.source;

import dev.weir.core.xds.Applied.BindFailure;
import dev.weir.proxy.plan.Plan;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** Puts a plan to work: the workers, seen from the sources. */
@FunctionalInterface
public interface Installer {
  /**
   * Makes all workers run {@code plan} instead of the one before: opens, keeps and drains listen
   * sockets, keeps the state of clusters that stay. Called by one thread, never again before the
   * stage of the call before is complete. A plan that was installed already may come again, to try
   * the addresses once more that could not be bound.
   *
   * @return completes when all workers run the plan; exceptionally only on a bug
   */
  CompletionStage<InstallResult> install(Plan plan);

  /** What came of an installation. */
  record InstallResult(List<BindFailure> bindFailures) {
    public static final InstallResult COMPLETE = new InstallResult(List.of());

    public InstallResult {
      bindFailures = List.copyOf(bindFailures);
    }
  }
}
