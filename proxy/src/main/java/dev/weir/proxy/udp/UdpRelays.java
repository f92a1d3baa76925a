package dev.weir.proxy.udp;

import dev.weir.proxy.loop.Deadlines;
import dev.weir.proxy.loop.Transport;
import dev.weir.proxy.observe.RelayObserver;
import dev.weir.proxy.plan.UdpListenerPlan;
import dev.weir.proxy.upstream.Clusters;
import io.netty.channel.EventLoop;
import java.util.SplittableRandom;

/**
 * What the UDP listeners of one worker have in common. On its event loop only.
 *
 * @param workers how many share a listener's limit of sessions
 */
public record UdpRelays(
    EventLoop loop,
    Transport transport,
    Clusters clusters,
    Deadlines deadlines,
    RelayObserver observer,
    SplittableRandom random,
    int workers) {
  /** A listener that has no socket yet. */
  public UdpListener listener(UdpListenerPlan plan) {
    return new UdpListener(this, plan);
  }
}
