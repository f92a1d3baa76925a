package dev.weir.proxy.upstream;

import dev.weir.proxy.plan.ClusterPlan.RetryBudget;

/** What is spent of a retry budget. Shared by all loops. */
final class RetryLedger {
  private final RetryBudget budget;
  private final SlidingCount attempts;
  private final SlidingCount retries;
  private final SlidingCount latestRetries;

  RetryLedger(RetryBudget budget) {
    this.budget = budget;
    this.attempts = new SlidingCount(budget.nanos());
    this.retries = new SlidingCount(budget.nanos());
    this.latestRetries = new SlidingCount(budget.minNanos());
  }

  RetryBudget budget() {
    return budget;
  }

  /** An attempt is made, a retry or not. */
  void attempted(long now) {
    attempts.add(now, 1);
  }

  /** Spends one retry, unless that is more than the budget has. */
  boolean spend(long now) {
    // Counted before it is looked at, so that loops that do the same together are not too many.
    retries.add(now, 1);
    latestRetries.add(now, 1);
    if (latestRetries.sum(now) <= budget.minRetries()
        || retries.sum(now) * 100 <= budget.percent() * (attempts.sum(now) + 1)) {
      return true;
    }
    retries.add(now, -1);
    latestRetries.add(now, -1);
    return false;
  }
}
