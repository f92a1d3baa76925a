package dev.weir.proxy.source;

import dev.weir.core.xds.Applied;
import dev.weir.core.xds.XdsSnapshot;
import dev.weir.proxy.compile.Compiled;
import dev.weir.proxy.compile.Compiler;
import dev.weir.proxy.source.Installer.InstallResult;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What every source does with a snapshot: compile it, and have the workers run it. On one thread.
 */
public final class Rollout {
  private static final Logger LOG = LoggerFactory.getLogger(Rollout.class);

  private final Compiler compiler;
  private final Installer installer;

  /** What was compiled last; the next is made from it. */
  private Compiled candidate = Compiled.NOTHING;

  private Compiled installed = Compiled.NOTHING;

  public Rollout(Compiler compiler, Installer installer) {
    this.compiler = compiler;
    this.installer = installer;
  }

  /** Compiles a snapshot. Nothing runs before {@link #install}. */
  public Compiled compile(XdsSnapshot snapshot) {
    candidate = compiler.compile(snapshot, candidate);
    return candidate;
  }

  /**
   * The same for the first of a process, which the one before ran.
   *
   * @param accepted all of it by this version of Weir
   */
  Compiled restore(XdsSnapshot accepted) {
    candidate = compiler.restore(accepted);
    return candidate;
  }

  /**
   * Has the workers run what was compiled last, and waits for them.
   *
   * @return what came of it, or null on a bug: then what ran before stays in use
   */
  public @Nullable Applied install() throws InterruptedException {
    try {
      InstallResult result = installer.install(candidate.plan()).toCompletableFuture().get();
      installed = candidate;
      return new Applied(candidate.snapshot(), candidate.verdicts(), result.bindFailures());
    } catch (ExecutionException | RuntimeException e) {
      LOG.error("a configuration could not be applied; the one before it stays in use", e);
      return null;
    }
  }

  /** What the workers run; {@link Compiled#NOTHING} at first. */
  public Compiled installed() {
    return installed;
  }

  /** Forgets what was compiled and not installed. */
  public void giveUp() {
    candidate = installed;
  }
}
