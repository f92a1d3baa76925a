package dev.weir.proxy.server;

import dev.weir.core.time.Ticker;
import dev.weir.proxy.upstream.UpstreamOptions;
import java.time.Duration;

/**
 * How the data plane runs, whatever the configuration says.
 *
 * @param workers event loops; one a core
 * @param drain how long connections of a removed listener may live on
 * @param ticker the clock of all deadlines
 */
public record ProxyOptions(int workers, Duration drain, UpstreamOptions upstream, Ticker ticker) {
  /** One worker a core, 30 seconds of drain. */
  public static final ProxyOptions DEFAULTS =
      new ProxyOptions(
          Runtime.getRuntime().availableProcessors(),
          Duration.ofSeconds(30),
          UpstreamOptions.DEFAULTS,
          Ticker.system());

  public ProxyOptions {
    if (workers < 1) {
      throw new IllegalArgumentException("a proxy needs at least one worker, not " + workers);
    }
  }
}
