package dev.weir.core.xds;

import java.util.Set;

/**
 * The retry budget of a cluster in its {@code metadata.filter_metadata}, for which Envoy has no
 * field: Envoy's own budget is a share of the requests that run at one moment, that of the Gateway
 * API a share of those within an interval. All fields are whole numbers, and required.
 */
public final class RetryBudgetMetadata {
  /** The key. */
  public static final String NAME = "dev.weir.retry_budget";

  /** The share of retries among all attempts within {@link #INTERVAL_MS}. */
  public static final String PERCENT = "percent";

  public static final String INTERVAL_MS = "interval_ms";

  /** Retries that are allowed in any case within {@link #MIN_RETRIES_INTERVAL_MS}. */
  public static final String MIN_RETRIES = "min_retries";

  public static final String MIN_RETRIES_INTERVAL_MS = "min_retries_interval_ms";

  public static final Set<String> FIELDS =
      Set.of(PERCENT, INTERVAL_MS, MIN_RETRIES, MIN_RETRIES_INTERVAL_MS);

  private RetryBudgetMetadata() {}
}
