package dev.weir.proxy.source;

import dev.weir.core.xds.Applied;
import dev.weir.core.xds.XdsSnapshot;
import dev.weir.proxy.compile.Compiler;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes snapshots from a control plane in the same process: compiles them on a thread of its own,
 * installs the plan and reports what came of it. Snapshots that arrive while one is being applied
 * replace each other; only the latest is applied.
 */
public final class DirectSource implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DirectSource.class);

  private final Rollout rollout;
  private final Consumer<Applied> answers;
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(
          task -> Thread.ofPlatform().name("weir-compile").daemon().unstarted(task));
  private final AtomicReference<@Nullable XdsSnapshot> waiting = new AtomicReference<>();

  /**
   * A source.
   *
   * @param answers gets the answer to each snapshot that was applied, on the source's thread
   */
  public DirectSource(Compiler compiler, Installer installer, Consumer<Applied> answers) {
    this.rollout = new Rollout(compiler, installer);
    this.answers = answers;
  }

  /** Asks for {@code snapshot} to be applied; returns at once. From any thread. */
  public void publish(XdsSnapshot snapshot) {
    if (waiting.getAndSet(snapshot) == null) {
      execute(() -> {
        XdsSnapshot latest = waiting.getAndSet(null);
        if (latest != null) {
          apply(() -> rollout.compile(latest));
        }
      });
    }
  }

  /**
   * The same, before anything else is asked for, for what the process before ran.
   *
   * @param accepted all of it by this version of Weir
   */
  public void restore(XdsSnapshot accepted) {
    execute(() -> apply(() -> rollout.restore(accepted)));
  }

  private void execute(Runnable task) {
    try {
      thread.execute(task);
    } catch (RejectedExecutionException e) {
      LOG.debug("a configuration came after the end", e);
    }
  }

  /** Stops; the plan that runs goes on running. Waits up to ten seconds for one being applied. */
  @Override
  public void close() {
    thread.shutdownNow();
    try {
      if (!thread.awaitTermination(10, TimeUnit.SECONDS)) {
        LOG.warn("a configuration is still being applied");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void apply(Runnable compilation) {
    try {
      compilation.run();
      Applied applied = rollout.install();
      if (applied != null) {
        answers.accept(applied);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      LOG.error("a configuration could not be applied; the one before it stays in use", e);
    }
  }
}
