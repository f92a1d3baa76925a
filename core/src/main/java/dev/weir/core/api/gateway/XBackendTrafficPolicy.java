package dev.weir.core.api.gateway;

import dev.weir.core.api.Kind;
import dev.weir.core.api.ObjectType;
import dev.weir.core.api.ObjectType.Layout;
import dev.weir.core.api.schema.Checked;
import dev.weir.core.api.schema.Default;
import dev.weir.core.api.schema.Items;
import dev.weir.core.api.schema.Range;
import dev.weir.core.api.schema.Unique;
import dev.weir.core.api.schema.Violations;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Retry budget and session persistence of backends; under trial in the Gateway API. */
public record XBackendTrafficPolicy(
    @Items(min = 1, max = 16) @Unique({"group", "kind", "name"})
        List<LocalObjectReference> targetRefs,
    @Nullable RetryConstraint retryConstraint,
    @Nullable SessionPersistence sessionPersistence) {

  public static final ObjectType<XBackendTrafficPolicy> TYPE =
      ObjectType.of(
          Kind.namespaced(
              Group.EXPERIMENTAL, "v1alpha1", "XBackendTrafficPolicy", "xbackendtrafficpolicies"),
          XBackendTrafficPolicy.class,
          Layout.SPEC);

  /** How many retries the backends bear. */
  public record RetryConstraint(
      @Default("{}") Budget budget,
      @Default("{count: 10, interval: 1s}") RequestRate minRetryRate) {}

  /**
   * The share of retries.
   *
   * @param percent of all requests within {@code interval}
   */
  public record Budget(
      @Default("20") @Range(min = 0, max = 100) int percent, @Default("10s") Duration interval)
      implements Checked {
    @Override
    public void check(Violations violations) {
      if (interval.compareTo(Duration.ofSeconds(1)) < 0
          || interval.compareTo(Duration.ofHours(1)) > 0) {
        violations.add("interval", "must be between 1s and 1h");
      }
    }
  }

  /** Retries that are always allowed. */
  public record RequestRate(
      @Nullable @Range(min = 1, max = 1_000_000) Integer count, @Nullable Duration interval)
      implements Checked {
    @Override
    public void check(Violations violations) {
      if (interval != null && (interval.isZero() || interval.compareTo(Duration.ofHours(1)) > 0)) {
        violations.add("interval", "must be longer than 0s and at most 1h");
      }
    }
  }
}
