package dev.weir.proxy.server;

import dev.weir.core.time.Ticker;
import dev.weir.proxy.upstream.UpstreamOptions;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;

/**
 * How the data plane runs, whatever the configuration says.
 *
 * @param workers event loops; one a core
 * @param drain how long connections of a removed listener may live on
 * @param ticker the clock of all deadlines
 * @param dnsServers who is asked for the names of endpoints, the first first; empty for the servers
 *     of this machine
 * @param sharePorts whether another process of this user may listen where this one does, and the
 *     kernel spreads connections over both; otherwise a place that somebody has is refused
 */
public record ProxyOptions(
    int workers,
    Duration drain,
    UpstreamOptions upstream,
    Ticker ticker,
    List<InetSocketAddress> dnsServers,
    boolean sharePorts) {
  /** One worker a core, 30 seconds of drain. */
  public static final ProxyOptions DEFAULTS =
      new ProxyOptions(
          Runtime.getRuntime().availableProcessors(),
          Duration.ofSeconds(30),
          UpstreamOptions.DEFAULTS,
          Ticker.system(),
          List.of(),
          false);

  public ProxyOptions {
    dnsServers = List.copyOf(dnsServers);
    if (workers < 1) {
      throw new IllegalArgumentException("a proxy needs at least one worker, not " + workers);
    }
  }
}
