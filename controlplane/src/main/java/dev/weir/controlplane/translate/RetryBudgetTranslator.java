package dev.weir.controlplane.translate;

import com.google.protobuf.Struct;
import com.google.protobuf.UInt32Value;
import com.google.protobuf.Value;
import dev.weir.core.api.gateway.XBackendTrafficPolicy.RequestRate;
import dev.weir.core.api.gateway.XBackendTrafficPolicy.RetryConstraint;
import dev.weir.core.xds.RetryBudgetMetadata;
import dev.weir.envoy.config.cluster.v3.CircuitBreakers.Thresholds.RetryBudget;
import dev.weir.envoy.config.cluster.v3.Cluster;
import dev.weir.envoy.type.v3.Percent;
import java.time.Duration;

/**
 * Writes a retry constraint: exactly in the cluster's metadata, and as near as Envoy's own budget
 * comes, which counts the requests of one moment, among the circuit breakers.
 */
final class RetryBudgetTranslator {
  private static final int DEFAULT_MIN_COUNT = 10;
  private static final Duration DEFAULT_MIN_INTERVAL = Duration.ofSeconds(1);

  private RetryBudgetTranslator() {}

  /** Adds the constraint to a cluster that has its limits. */
  static void translate(RetryConstraint constraint, Cluster.Builder cluster) {
    RequestRate least = constraint.minRetryRate();
    int count = least.count() == null ? DEFAULT_MIN_COUNT : least.count();
    Duration interval = least.interval() == null ? DEFAULT_MIN_INTERVAL : least.interval();
    int percent = constraint.budget().percent();
    cluster
        .getMetadataBuilder()
        .putFilterMetadata(
            RetryBudgetMetadata.NAME,
            Struct.newBuilder()
                .putFields(RetryBudgetMetadata.PERCENT, number(percent))
                .putFields(
                    RetryBudgetMetadata.INTERVAL_MS,
                    number(constraint.budget().interval().toMillis()))
                .putFields(RetryBudgetMetadata.MIN_RETRIES, number(count))
                .putFields(RetryBudgetMetadata.MIN_RETRIES_INTERVAL_MS, number(interval.toMillis()))
                .build());
    cluster
        .getCircuitBreakersBuilder()
        .getThresholdsBuilder(0)
        .setRetryBudget(
            RetryBudget.newBuilder()
                .setBudgetPercent(Percent.newBuilder().setValue(percent))
                .setMinRetryConcurrency(UInt32Value.of(count)));
  }

  private static Value number(long number) {
    return Value.newBuilder().setNumberValue((double) number).build();
  }
}
