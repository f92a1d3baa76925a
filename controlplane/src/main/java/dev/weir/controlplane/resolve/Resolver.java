package dev.weir.controlplane.resolve;

import dev.weir.controlplane.state.ClusterState;
import org.jspecify.annotations.Nullable;

/**
 * Works out what the objects mean together.
 *
 * <p>The result depends on the arguments alone. An instance remembers which certificates it has
 * read already, and, while only routes and endpoints change, everything else, so keep one; it is
 * not for concurrent use.
 */
public final class Resolver {
  private final CredentialChecks checks = new CredentialChecks();
  private @Nullable Ground ground;

  /** Resolves a state. Never fails: what is wrong with objects is in the report. */
  public Resolution resolve(ClusterState state, ResolveOptions options) {
    if (ground == null || !ground.carries(state, options)) {
      checks.startRun();
      ground = new Ground(state, options, checks);
    }
    ground.follow(state);
    return ground.resolution();
  }
}
