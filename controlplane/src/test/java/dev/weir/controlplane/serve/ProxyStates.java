package dev.weir.controlplane.serve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.xds.ProxyState;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** Waits for what the server says of its proxies. */
final class ProxyStates implements Consumer<List<ProxyState>> {
  private static final long PATIENCE_SECONDS = 20;

  private final BlockingQueue<List<ProxyState>> told = new LinkedBlockingQueue<>();
  private final AtomicInteger inside = new AtomicInteger();

  @Override
  public void accept(List<ProxyState> states) {
    assertThat(inside.incrementAndGet()).as("calls at one moment").isEqualTo(1);
    told.add(states);
    inside.decrementAndGet();
  }

  List<ProxyState> await(Predicate<List<ProxyState>> condition) throws InterruptedException {
    List<ProxyState> last = List.of();
    while (true) {
      List<ProxyState> next = told.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
      assertThat(next).as("the states that are waited for; the last: %s", last).isNotNull();
      last = next;
      if (condition.test(next)) {
        return next;
      }
    }
  }

  /** The state of the only proxy. */
  ProxyState awaitOne(Predicate<ProxyState> condition) throws InterruptedException {
    return await(states -> states.size() == 1 && condition.test(states.getFirst())).getFirst();
  }
}
