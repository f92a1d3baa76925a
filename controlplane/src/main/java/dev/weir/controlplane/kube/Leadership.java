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
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
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
 * Whether this controller is the one that leads: it holds a Lease. Leadership ends by itself when
 * the Lease was not renewed in time, even while a request to renew it hangs: another controller may
 * have taken it by then. And whether another is known to lead, which is a different question: while
 * the Lease cannot be read nobody is. Thread-safe.
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

    /**
     * Checks the order.
     *
     * @throws IllegalArgumentException if a leader could still believe in a Lease that another one
     *     took, or would try to renew it only once
     */
    public Timing {
      if (!retry.isPositive()) {
        throw new IllegalArgumentException("the pause between two tries must be positive");
      }
      if (renewal.compareTo(retry) <= 0 || lease.compareTo(renewal) <= 0) {
        throw new IllegalArgumentException(
            "the Lease has to last longer than its holder believes in it (%s), and that longer than the pause between two tries (%s)"
                .formatted(text(renewal), text(retry)));
      }
    }

    private static String text(Duration duration) {
      return duration.toMillis() / 1000.0 + " s";
    }
  }

  /**
   * Who runs, and for what.
   *
   * @param namespace of the Lease
   * @param lease name of the Lease
   * @param identity of this process among all that run for it
   * @param controller what identities of this controller begin with, a hyphen following, also those
   *     that it had before it was restarted; null if they have nothing in common
   */
  public record Candidacy(
      String namespace, String lease, String identity, @Nullable String controller, Timing timing) {

    /** Whether that is this controller, perhaps before it was restarted. */
    private boolean isOwn(String holder) {
      return holder.equals(identity) || (controller != null && holder.startsWith(controller + "-"));
    }
  }

  private final ApiConnection api;
  private final Candidacy candidacy;
  private final String namespace;
  private final String name;
  private final String identity;
  private final Timing timing;
  private final Runnable won;
  private final Runnable follows;
  private final long began = System.nanoTime();
  private final ExecutorService threads =
      Executors.newCachedThreadPool(Thread.ofPlatform().name("weir-leader-", 0).daemon().factory());
  private @Nullable CompletableFuture<?> election;
  private boolean closed;
  private boolean elected;
  private long term;
  private long renewed;

  /** Whether the Lease was read, or could not be. */
  private boolean looked;

  private @Nullable Seen seen;

  /**
   * A Lease that another controller holds.
   *
   * @param record as it was read
   * @param at when it was first read so; clocks of other machines do not count
   */
  private record Seen(LeaderElectionRecord record, long at) {}

  private Leadership(ApiConnection api, Candidacy candidacy, Runnable won, Runnable follows) {
    this.api = api;
    this.candidacy = candidacy;
    this.namespace = candidacy.namespace;
    this.name = candidacy.lease;
    this.identity = candidacy.identity;
    this.timing = candidacy.timing;
    this.won = won;
    this.follows = follows;
  }

  /**
   * Runs for leader.
   *
   * @param won is told each time that leadership begins
   * @param follows is told whenever another controller is seen to lead, again and again
   */
  public static Leadership run(
      ApiConnection api, Candidacy candidacy, Runnable won, Runnable follows) {
    Leadership leadership = new Leadership(api, candidacy, won, follows);
    leadership.begin();
    return leadership;
  }

  /** Whether this controller leads, now. */
  public synchronized boolean held() {
    return elected && System.nanoTime() - renewed < timing.renewal.toNanos();
  }

  /** How often this controller has begun to lead: a number for each time that it does. */
  public synchronized long term() {
    return term;
  }

  /**
   * Why another controller is to be asked, e.g. {@code weir-1 leads}. Null if this one leads, also
   * if it did before it was restarted and nobody has taken its place; and if nobody is known to:
   * the Lease cannot be read, or is free for longer than it takes somebody to take it.
   */
  public synchronized @Nullable String elsewhere() {
    long now = System.nanoTime();
    Seen other = seen;
    if (other != null
        && now - other.at < timing.lease.plus(timing.retry.multipliedBy(2)).toNanos()) {
      return other.record.getHolderIdentity() + " leads";
    }
    return looked || now - began >= timing.lease.toNanos() ? null : "it is not known yet who leads";
  }

  private void looked(@Nullable LeaderElectionRecord found) {
    synchronized (this) {
      looked = true;
      if (found == null || isFree(found)) {
        return; // who takes it is seen next
      }
      if (candidacy.isOwn(found.getHolderIdentity())) {
        seen = null;
        return;
      }
      if (seen == null || !seen.record.equals(found)) {
        seen = new Seen(found, System.nanoTime());
      }
    }
    if (elsewhere() != null) {
      follows.run();
    }
  }

  /** Whether the elector takes it now; it goes by the clock of the holder. */
  private static boolean isFree(LeaderElectionRecord found) {
    String holder = found.getHolderIdentity();
    return holder == null
        || holder.isEmpty()
        || ZonedDateTime.now(ZoneOffset.UTC)
            .isAfter(found.getRenewTime().plus(found.getLeaseDuration()));
  }

  private synchronized void failedToLook() {
    looked = true;
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
      term++;
      seen = null;
      renewed = System.nanoTime();
    }
    log.info(
        "{} leads (Lease {}/{}): it writes status and serves proxies", identity, namespace, name);
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
          "{} leads (Lease {}/{}); this one follows and leaves proxies to it",
          leader,
          namespace,
          name);
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

  /** Notes who holds the Lease, and when it was renewed. */
  private final class TimedLock implements Lock {
    private final Lock lock;

    TimedLock(Lock lock) {
      this.lock = lock;
    }

    @Override
    public @Nullable LeaderElectionRecord get(KubernetesClient client) {
      LeaderElectionRecord found;
      try {
        found = lock.get(client);
      } catch (KubernetesClientException e) {
        failedToLook();
        throw e;
      }
      looked(found);
      return found;
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
