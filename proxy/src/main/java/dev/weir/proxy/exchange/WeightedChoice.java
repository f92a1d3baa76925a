package dev.weir.proxy.exchange;

import dev.weir.proxy.plan.Action.Forward;
import dev.weir.proxy.plan.Action.WeightedBackend;
import java.util.List;
import java.util.SplittableRandom;

/** Chooses the backend of one request at random, in proportion to the weights. */
final class WeightedChoice {
  private WeightedChoice() {}

  static WeightedBackend among(Forward forward, SplittableRandom random) {
    List<WeightedBackend> backends = forward.backends();
    WeightedBackend first = backends.getFirst();
    if (first.weight() == forward.totalWeight()) {
      return first;
    }
    long lot = random.nextLong(forward.totalWeight());
    int at = 0;
    while (lot >= backends.get(at).weight()) {
      lot -= backends.get(at).weight();
      at++;
    }
    return backends.get(at);
  }
}
