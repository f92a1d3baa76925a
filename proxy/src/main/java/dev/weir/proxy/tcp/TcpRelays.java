package dev.weir.proxy.tcp;

import dev.weir.proxy.loop.Deadlines;
import dev.weir.proxy.observe.RelayObserver;
import dev.weir.proxy.plan.TcpPlan;
import dev.weir.proxy.upstream.Clusters;
import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Opens the relays of one worker. On its event loop only. */
public final class TcpRelays {
  private final Clusters clusters;
  private final Deadlines deadlines;
  private final RelayObserver observer;
  private final SplittableRandom random;

  public TcpRelays(
      Clusters clusters, Deadlines deadlines, RelayObserver observer, SplittableRandom random) {
    this.clusters = clusters;
    this.deadlines = deadlines;
    this.observer = observer;
    this.random = random;
  }

  /**
   * Passes on a client's connection: stands at the end of its pipeline from now on. A connection
   * that has no cluster to go to is closed at once, before any TLS.
   *
   * @param tls what ends TLS, not yet begun and maybe not yet in the pipeline; null if nothing does
   */
  public void open(Channel client, TcpDownstream facts, TcpPlan plan, @Nullable SslHandler tls) {
    String cluster = plan.clusters().at(random.nextLong(plan.clusters().total()));
    RelayOutcome outcome =
        new RelayOutcome(facts, plan.name(), cluster, client.remoteAddress(), deadlines.now());
    observer.opened(facts.listener(), plan.name());
    new TcpRelay(this, plan, outcome, client, tls).open();
  }

  Clusters clusters() {
    return clusters;
  }

  Deadlines deadlines() {
    return deadlines;
  }

  RelayObserver observer() {
    return observer;
  }
}
