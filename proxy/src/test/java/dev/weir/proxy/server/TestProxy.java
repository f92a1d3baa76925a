package dev.weir.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.failure.Failure;
import dev.weir.core.failure.Reason;
import dev.weir.core.time.Ticker;
import dev.weir.proxy.observe.CompletedExchange;
import dev.weir.proxy.observe.CompletedRelay;
import dev.weir.proxy.observe.ExchangeObserver;
import dev.weir.proxy.observe.MirrorResult;
import dev.weir.proxy.observe.RelayObserver;
import dev.weir.proxy.plan.Plan;
import dev.weir.proxy.source.Installer.InstallResult;
import dev.weir.proxy.upstream.ClusterSnapshot;
import dev.weir.proxy.upstream.EndpointSnapshot;
import dev.weir.proxy.upstream.UpstreamOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A proxy under test with its observer. */
final class TestProxy implements AutoCloseable {
  private static final AtomicInteger NEXT_PORT =
      new AtomicInteger(ThreadLocalRandom.current().nextInt(20_000));
  private static final long PATIENCE_SECONDS = 10;

  /** What the observer saw of one exchange. */
  record Seen(
      @Nullable String route,
      @Nullable String cluster,
      int attempts,
      int status,
      @Nullable Reason reason,
      String target,
      String client,
      long received,
      long sent) {}

  /** What the observer saw of one connection or session that was passed on. */
  record Relayed(
      String protocol,
      String listener,
      String route,
      String cluster,
      @Nullable String endpoint,
      int attempts,
      @Nullable Reason reason,
      String client,
      @Nullable String serverName,
      long received,
      long sent,
      long datagramsReceived,
      long datagramsSent) {}

  private final Proxy proxy;
  final AtomicInteger opened = new AtomicInteger();
  final BlockingQueue<Relayed> relayed = new LinkedBlockingQueue<>();
  final BlockingQueue<Failure> refused = new LinkedBlockingQueue<>();
  final BlockingQueue<Reason> dropped = new LinkedBlockingQueue<>();
  final BlockingQueue<Seen> completed = new LinkedBlockingQueue<>();
  final BlockingQueue<MirrorResult> mirrored = new LinkedBlockingQueue<>();
  final BlockingQueue<Failure> rejected = new LinkedBlockingQueue<>();

  private TestProxy(ProxyOptions options) {
    proxy = Proxy.start(options, worker -> new Observer());
  }

  /** One worker, so that pools and balancers are predictable. */
  static TestProxy start() {
    return start(1, UpstreamOptions.DEFAULTS);
  }

  static TestProxy start(int workers, UpstreamOptions upstream) {
    return start(workers, upstream, Ticker.system());
  }

  static TestProxy start(int workers, UpstreamOptions upstream, Ticker ticker) {
    return new TestProxy(
        new ProxyOptions(workers, Duration.ofSeconds(5), upstream, ticker, List.of(), false));
  }

  /** Two workers that ask {@code dns} for names. */
  static TestProxy asking(NameServer dns, Ticker ticker) {
    return new TestProxy(
        new ProxyOptions(
            2,
            Duration.ofSeconds(5),
            UpstreamOptions.DEFAULTS,
            ticker,
            List.of(dns.address()),
            false));
  }

  /** One worker that runs {@code plan}. */
  static TestProxy start(Plan plan) throws Exception {
    return start(plan, Ticker.system());
  }

  /** One worker that runs {@code plan} by that clock. */
  static TestProxy start(Plan plan, Ticker ticker) throws Exception {
    TestProxy proxy = start(1, UpstreamOptions.DEFAULTS, ticker);
    proxy.install(plan);
    return proxy;
  }

  /** Runs {@code plan} from now on. */
  void install(Plan plan) throws Exception {
    assertThat(tryInstall(plan).bindFailures()).isEmpty();
  }

  InstallResult tryInstall(Plan plan) throws Exception {
    return proxy.install(plan).toCompletableFuture().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  Proxy proxy() {
    return proxy;
  }

  List<WorkerSnapshot> snapshot() throws Exception {
    return proxy.snapshot().toCompletableFuture().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  /** The only endpoint of the only worker's cluster of that name. */
  EndpointSnapshot endpoint(String cluster) throws Exception {
    for (ClusterSnapshot each : snapshot().getFirst().clusters()) {
      if (each.name().equals(cluster)) {
        return each.endpoints().getFirst();
      }
    }
    throw new AssertionError("no cluster " + cluster);
  }

  /** The next exchange that was completed. */
  Seen seen() throws InterruptedException {
    Seen next = completed.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
    assertThat(next).as("a completed exchange").isNotNull();
    return next;
  }

  /** What became of the next copy for a mirror. */
  MirrorResult mirrored() throws InterruptedException {
    MirrorResult next = mirrored.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
    assertThat(next).as("a copy that is over").isNotNull();
    return next;
  }

  /** The next connection or session that is over. */
  Relayed relay() throws InterruptedException {
    Relayed next = relayed.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
    assertThat(next).as("a completed relay").isNotNull();
    return next;
  }

  @Override
  public void close() {
    proxy.close();
  }

  /**
   * A port of loopback that is free for TCP and for UDP, below those that the kernel gives to
   * clients: one of theirs may be free now and taken the next moment, and stays taken for a minute
   * after its client closed.
   */
  static InetSocketAddress freeAddress() {
    while (true) {
      int port = 10_000 + Math.floorMod(NEXT_PORT.getAndIncrement(), 20_000);
      InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
      try (ServerSocket _ = new ServerSocket(port, 1, address.getAddress());
          DatagramSocket _ = new DatagramSocket(address)) {
        return address;
      } catch (BindException taken) {
        // Then another one.
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** Waits until something has become true. */
  static void await(String what, Callable<Boolean> condition) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (!condition.call()) {
      assertThat(System.nanoTime()).as("in time: " + what).isLessThan(end);
      Thread.onSpinWait();
      Thread.sleep(1);
    }
  }

  private final class Observer implements ExchangeObserver {
    @Override
    public void completed(CompletedExchange exchange) {
      completed.add(
          new Seen(
              exchange.route(),
              exchange.cluster(),
              exchange.attempts(),
              exchange.status(),
              exchange.reason(),
              exchange.request().target(),
              exchange.clientAddress(),
              exchange.bytesReceived(),
              exchange.bytesSent()));
    }

    @Override
    public void mirrored(String cluster, MirrorResult result) {
      mirrored.add(result);
    }

    @Override
    public void rejected(String listener, String peerAddress, Failure failure) {
      rejected.add(failure);
    }

    @Override
    public RelayObserver relays() {
      return new Relays();
    }
  }

  private final class Relays implements RelayObserver {
    @Override
    public void opened(String listener, String route) {
      opened.incrementAndGet();
    }

    @Override
    public void completed(CompletedRelay relay) {
      relayed.add(
          new Relayed(
              relay.protocol().text(),
              relay.listener(),
              relay.route(),
              relay.cluster(),
              relay.endpoint(),
              relay.attempts(),
              relay.reason(),
              relay.clientAddress(),
              relay.serverName(),
              relay.bytesReceived(),
              relay.bytesSent(),
              relay.datagramsReceived(),
              relay.datagramsSent()));
    }

    @Override
    public void refused(String listener, String peerAddress, Failure failure) {
      refused.add(failure);
    }

    @Override
    public void dropped(String listener, Reason reason) {
      dropped.add(reason);
    }
  }
}
