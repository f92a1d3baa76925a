package dev.weir.proxy.loop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.time.Ticker;
import dev.weir.proxy.loop.Deadlines.Deadline;
import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The ticks are the loop's own, the time is the test's. */
class DeadlinesTest {
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);
  private static final long SOON = TimeUnit.SECONDS.toNanos(1);
  private static final long LATER = TimeUnit.SECONDS.toNanos(60);

  private final EventLoop loop = new DefaultEventLoop();
  private final AtomicLong time = new AtomicLong();
  private final List<String> fired = new ArrayList<>();
  private Deadlines deadlines;

  DeadlinesTest() throws Exception {
    Ticker ticker = time::get;
    deadlines = onLoop(() -> new Deadlines(loop, ticker));
  }

  @AfterEach
  void stop() {
    loop.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
  }

  private <T> T onLoop(Callable<T> task) throws Exception {
    return loop.submit(task).get(30, TimeUnit.SECONDS);
  }

  private void run(Runnable task) throws Exception {
    loop.submit(task).get(30, TimeUnit.SECONDS);
  }

  private Deadline named(String name) {
    return deadlines.create(() -> fired.add(name));
  }

  private void awaitFired(String... names) throws Exception {
    long end = System.nanoTime() + PATIENCE_NANOS;
    while (!onLoop(() -> List.copyOf(fired)).equals(List.of(names))) {
      assertThat(System.nanoTime()).as("in time: %s", List.of(names)).isLessThan(end);
      Thread.sleep(5);
    }
  }

  @Test
  void firesWhatIsDueAndNothingElse() throws Exception {
    run(() -> {
      for (String name : List.of("a", "b", "c", "d", "e")) {
        Deadline deadline = named(name);
        deadline.set(name.equals("b") || name.equals("d") ? SOON : LATER);
      }
      Deadline cleared = named("cleared");
      cleared.set(SOON);
      cleared.clear();
      Deadline cancelled = named("cancelled");
      cancelled.set(SOON);
      cancelled.cancel();
    });
    time.set(SOON);
    awaitFired("d", "b");
    time.set(LATER);
    awaitFired("d", "b", "e", "c", "a");
  }

  @Test
  void canBeSetAgainAfterItWasCancelled() throws Exception {
    Deadline one = named("one");
    Deadline other = named("other");
    run(() -> {
      one.set(LATER);
      other.set(LATER);
      one.cancel();
      one.cancel();
      one.set(SOON);
      other.set(SOON);
      other.cancel();
      other.set(SOON);
    });
    time.set(SOON);
    awaitFired("other", "one");
  }

  /** A deadline that was cancelled; gives what its action held. */
  private WeakReference<Object> cancelled() {
    Object owner = new Object();
    Deadline deadline = deadlines.create(owner::notifyAll);
    deadline.set(LATER);
    deadline.cancel();
    return new WeakReference<>(owner);
  }

  @Test
  void whatIsCancelledIsLetGoAtOnce() throws Exception {
    run(() -> {
      named("first").set(LATER);
      List<WeakReference<Object>> held = List.of(cancelled(), cancelled(), cancelled());
      named("last").set(LATER);
      long end = System.nanoTime() + PATIENCE_NANOS / 2;
      // On the loop, so that no tick comes in between.
      while (held.stream().anyMatch(each -> each.get() != null)) {
        assertThat(System.nanoTime()).as("let go in time").isLessThan(end);
        System.gc();
      }
    });
    time.set(LATER);
    awaitFired("last", "first");
  }
}
