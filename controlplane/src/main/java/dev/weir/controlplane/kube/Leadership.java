package dev.weir.controlplane.kube;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderElectionConfig;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderElector;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.LeaderElectionRecord;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.LeaseLock;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.Lock;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether this controller is the one that writes: it holds a Lease. Leadership ends by itself when
 * the Lease was not renewed in time, even while a request to renew it hangs: another controller may
 * have taken it by then. Thread-safe.
 */
public final class Leadership implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Leadership.class);

  /**
   * How long things may take.
   *
   * @param lease how long others wait since the last renewal before they take the Lease
   * @param renewal how long since the last renewal this controller thinks of itself as the leader;
   *     less than {@code lease}
   * @param retry between two tries to take or renew the Lease
   */
  public record Timing(Duration lease, Duration renewal, Duration retry) {
    /** What Kubernetes' own controllers have. */
    public static final Timing DEFAULT =
        new Timing(Duration.ofSeconds(15), Duration.ofSeconds(10), Duration.ofSeconds(2));
  }

  private final ApiConnection api;
  private final String namespace;
  private final String name;
  private final String identity;
  private final Timing timing;
  private final Runnable won;
  private final ExecutorService threads =
      Executors.newCachedThreadPool(Thread.ofPlatform().name("weir-leader-", 0).daemon().factory());
  private @Nullable CompletableFuture<?> election;
  private boolean closed;
  private boolean elected;
  private long renewed;

  private Leadership(
      ApiConnection api,
      String namespace,
      String name,
      String identity,
      Timing timing,
      Runnable won) {
    this.api = api;
    this.namespace = namespace;
    this.name = name;
    this.identity = identity;
    this.timing = timing;
    this.won = won;
  }

  /**
   * Runs for leader.
   *
   * @param namespace of the Lease
   * @param name of the Lease
   * @param identity of this process among all that run for it
   * @param won is told each time that leadership begins
   */
  public static Leadership run(
      ApiConnection api,
      String namespace,
      String name,
      String identity,
      Timing timing,
      Runnable won) {
    Leadership leadership = new Leadership(api, namespace, name, identity, timing, won);
    leadership.begin();
    return leadership;
  }

  /** Whether this controller leads, now. */
  public synchronized boolean held() {
    return elected && System.nanoTime() - renewed < timing.renewal.toNanos();
  }

  private synchronized void begin() {
    if (closed) {
      return;
    }
    LeaderElectionConfig config =
        new LeaderElectionConfig(
            new TimedLock(new LeaseLock(namespace, name, identity)),
            timing.lease,
            timing.renewal,
            timing.retry,
            new LeaderCallbacks(this::elected, this::ended, this::told),
            true,
            name);
    CompletableFuture<?> running = new LeaderElector(api.client(), config, threads).start();
    election = running;
    running.whenComplete((done, failure) -> ended());
  }

  private void elected() {
    synchronized (this) {
      if (closed) {
        return;
      }
      elected = true;
      renewed = System.nanoTime();
    }
    log.info("{} leads (Lease {}/{}) and writes status", identity, namespace, name);
    won.run();
  }

  /** Leadership is over: run again. May come more than once for one election. */
  private synchronized void ended() {
    boolean led = elected;
    elected = false;
    CompletableFuture<?> over = election;
    if (closed || over == null) {
      return;
    }
    if (led) {
      log.warn("{} leads no more (Lease {}/{})", identity, namespace, name);
    }
    election = null;
    over.cancel(true);
    try {
      Executor later =
          CompletableFuture.delayedExecutor(
              timing.retry.toMillis(), TimeUnit.MILLISECONDS, threads);
      later.execute(this::begin);
    } catch (RejectedExecutionException e) {
      log.debug("closed");
    }
  }

  private void told(@Nullable String leader) {
    if (leader != null && !leader.isEmpty() && !leader.equals(identity)) {
      log.info(
          "{} leads (Lease {}/{}); this one serves and does not write", leader, namespace, name);
    }
  }

  /** Stops, and gives the Lease back so that another need not wait for it. */
  @Override
  public void close() {
    CompletableFuture<?> running;
    boolean led;
    synchronized (this) {
      closed = true;
      led = elected;
      elected = false;
      running = election;
    }
    if (running != null) {
      running.cancel(true);
    }
    if (led) {
      release();
    }
    threads.shutdownNow();
  }

  /** The elector releases on a thread of its own, if it still can: do it for sure. */
  private void release() {
    try {
      LeaseLock lock = new LeaseLock(namespace, name, identity);
      LeaderElectionRecord current = lock.get(api.client());
      if (current != null && identity.equals(current.getHolderIdentity())) {
        LeaderElectionRecord free =
            new LeaderElectionRecord(
                "",
                Duration.ofSeconds(1),
                current.getAcquireTime(),
                current.getRenewTime(),
                current.getLeaderTransitions());
        lock.update(api.client(), free);
      }
    } catch (KubernetesClientException e) {
      log.warn("the Lease {}/{} is not given back: {}", namespace, name, e.getMessage());
    }
  }

  /** Notes when the Lease was renewed. */
  private final class TimedLock implements Lock {
    private final Lock lock;

    TimedLock(Lock lock) {
      this.lock = lock;
    }

    @Override
    public @Nullable LeaderElectionRecord get(KubernetesClient client) {
      return lock.get(client);
    }

    @Override
    public void create(KubernetesClient client, LeaderElectionRecord record) {
      long asked = System.nanoTime();
      lock.create(client, record);
      note(asked);
    }

    @Override
    public void update(KubernetesClient client, LeaderElectionRecord record) {
      long asked = System.nanoTime();
      lock.update(client, record);
      note(asked);
    }

    private void note(long asked) {
      synchronized (Leadership.this) {
        renewed = asked;
      }
    }

    @Override
    public String identity() {
      return lock.identity();
    }

    @Override
    public String describe() {
      return lock.describe();
    }
  }
}
