package dev.weir.controlplane.translate;

import com.google.protobuf.UInt32Value;
import dev.weir.controlplane.topology.RouteRule.Retry;
import dev.weir.controlplane.topology.RouteRule.Timeouts;
import dev.weir.core.xds.Packing;
import dev.weir.envoy.config.route.v3.RetryPolicy;
import dev.weir.envoy.config.route.v3.RetryPolicy.RetryBackOff;
import dev.weir.envoy.config.route.v3.RetryPolicy.RetryHostPredicate;
import dev.weir.envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Writes the retries of a rule, and the time of each, as Envoy's RetryPolicy. */
final class RetryTranslator {
  private static final int DEFAULT_RETRIES = 1;
  private static final Duration SHORTEST_BACK_OFF = Duration.ofMillis(1);

  /** Draws of another endpoint before Envoy takes one that was tried. */
  private static final int HOST_SELECTION_ATTEMPTS = 5;

  private RetryTranslator() {}

  /** The policy, or null if the rule neither tries again nor limits the time of one attempt. */
  static @Nullable RetryPolicy translate(@Nullable Retry retry, Timeouts timeouts) {
    RetryPolicy.Builder out = RetryPolicy.newBuilder();
    Duration backendRequest = timeouts.backendRequest();
    if (backendRequest != null && !backendRequest.isZero()) {
      out.setPerTryTimeout(Messages.duration(backendRequest));
    }
    if (retry != null) {
      retry(retry, out);
    } else if (out.hasPerTryTimeout()) {
      out.setNumRetries(UInt32Value.of(0));
    } else {
      return null;
    }
    return out.build();
  }

  private static void retry(Retry retry, RetryPolicy.Builder out) {
    // With or without codes: what breaks or times out before a response is tried again.
    out.setRetryOn("connect-failure,refused-stream,reset");
    if (!retry.codes().isEmpty()) {
      out.setRetryOn(out.getRetryOn() + ",retriable-status-codes");
      out.addAllRetriableStatusCodes(retry.codes());
    }
    out.setNumRetries(
        UInt32Value.of(retry.attempts() == null ? DEFAULT_RETRIES : retry.attempts()));
    Duration backOff = retry.backoff();
    if (backOff != null) {
      // Envoy wants more than zero.
      Duration base = backOff.compareTo(SHORTEST_BACK_OFF) < 0 ? SHORTEST_BACK_OFF : backOff;
      out.setRetryBackOff(RetryBackOff.newBuilder().setBaseInterval(Messages.duration(base)));
    }
    out.addRetryHostPredicate(
        RetryHostPredicate.newBuilder()
            .setName("envoy.retry_host_predicates.previous_hosts")
            .setTypedConfig(Packing.packed(PreviousHostsPredicate.getDefaultInstance())));
    out.setHostSelectionRetryMaxAttempts(HOST_SELECTION_ATTEMPTS);
  }
}
