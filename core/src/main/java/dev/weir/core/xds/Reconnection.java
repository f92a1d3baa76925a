package dev.weir.core.xds;

import java.time.Duration;

/** How proxies come back to a controller, for both sides. */
public final class Reconnection {
  /**
   * The longest pause of a proxy between two tries to reach a controller. A controller that has
   * just begun to serve waits longer than this before it says that a Gateway has no proxies.
   */
  public static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

  /**
   * Metadata beside the status {@code UNAVAILABLE} of a controller that is well but leaves clients
   * to the one that leads: a new connection may reach that one at once. Its value means nothing.
   */
  public static final String ELSEWHERE = "weir-elsewhere";

  private Reconnection() {}
}
