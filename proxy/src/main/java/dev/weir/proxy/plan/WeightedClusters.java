package dev.weir.proxy.plan;

import java.util.List;

/**
 * Clusters that share connections by weight.
 *
 * @param shares at least one; weights of at least 1
 */
public record WeightedClusters(List<Share> shares) {
  public WeightedClusters {
    shares = List.copyOf(shares);
  }

  /** One cluster, by name; the plan need not have it. */
  public record Share(String cluster, long weight) {}

  /** One cluster for everything. */
  public static WeightedClusters of(String cluster) {
    return new WeightedClusters(List.of(new Share(cluster, 1)));
  }

  /** Sum of the weights. */
  public long total() {
    long total = 0;
    for (int i = 0; i < shares.size(); i++) {
      total += shares.get(i).weight();
    }
    return total;
  }

  /**
   * The cluster that a lot falls on.
   *
   * @param lot from 0 to the total, exclusive
   */
  public String at(long lot) {
    int at = 0;
    long left = lot;
    while (left >= shares.get(at).weight()) {
      left -= shares.get(at).weight();
      at++;
    }
    return shares.get(at).cluster();
  }

  /** Whether some of the connections go to {@code cluster}. */
  public boolean contains(String cluster) {
    for (int i = 0; i < shares.size(); i++) {
      if (shares.get(i).cluster().equals(cluster)) {
        return true;
      }
    }
    return false;
  }
}
