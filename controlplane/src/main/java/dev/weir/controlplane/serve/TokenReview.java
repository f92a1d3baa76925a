package dev.weir.controlplane.serve;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Says who the sender of a token is. */
@FunctionalInterface
public interface TokenReview {
  /**
   * What the owner of the token may serve. May block; called on many threads.
   *
   * @return e.g. {@code Gateway/infra/edge}; null if the token is not valid or is nobody's who
   *     serves anything
   * @throws IOException if that cannot be said now
   */
  @Nullable String serves(String token) throws IOException;
}
