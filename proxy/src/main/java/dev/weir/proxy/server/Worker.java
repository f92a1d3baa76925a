package dev.weir.proxy.server;

import dev.weir.core.xds.Applied.BindFailure;
import dev.weir.proxy.exchange.Exchanges;
import dev.weir.proxy.loop.Deadlines;
import dev.weir.proxy.loop.HttpDate;
import dev.weir.proxy.loop.LoopAllocator;
import dev.weir.proxy.loop.Transport;
import dev.weir.proxy.loop.Turn;
import dev.weir.proxy.observe.ExchangeObserver;
import dev.weir.proxy.plan.ListenerPlan;
import dev.weir.proxy.plan.Plan;
import dev.weir.proxy.plan.QuicListenerPlan;
import dev.weir.proxy.plan.TcpListenerPlan;
import dev.weir.proxy.plan.UdpListenerPlan;
import dev.weir.proxy.tcp.TcpRelays;
import dev.weir.proxy.udp.UdpRelays;
import dev.weir.proxy.upstream.Clusters;
import dev.weir.proxy.upstream.SharedLoads;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.FastThreadLocalThread;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * One event loop and everything that lives on it: listen sockets, connections, exchanges, pools.
 * Public methods may be called from any thread; they hand over to the loop.
 */
public final class Worker {
  private final int number;
  private final Transport transport;
  private final EventLoop loop;
  private final LoopAllocator allocator;
  private final Deadlines deadlines;
  private final ExchangeObserver observer;
  private final Clusters clusters;
  private final Exchanges exchanges;
  private final TcpRelays relays;
  private final UdpRelays sessions;
  private final QuicSockets quic;
  private final long drainNanos;
  private final Map<String, ListenerState> listeners = new HashMap<>();

  /** Listeners that are gone from the plan and still have connections. */
  private final Set<ListenerState> leaving = new HashSet<>();

  private boolean draining;

  Worker(
      int number,
      Transport transport,
      ProxyOptions options,
      SharedLoads loads,
      ExchangeObserver observer,
      IntFunction<@Nullable Worker> workers) {
    this.number = number;
    this.transport = transport;
    Turn turn = new Turn();
    this.loop =
        new MultiThreadIoEventLoopGroup(1, threads("worker-" + number), transport.loop(turn))
            .next();
    this.allocator = new LoopAllocator(turn);
    this.deadlines = new Deadlines(loop, options.ticker());
    this.observer = observer;
    SplittableRandom random = new SplittableRandom();
    this.clusters =
        new Clusters(loop, transport, allocator, deadlines, loads, options.upstream(), random);
    HttpDate date = new HttpDate(deadlines::recent, System::currentTimeMillis);
    this.exchanges = new Exchanges(clusters, deadlines, date, observer, random);
    this.relays = new TcpRelays(clusters, deadlines, observer.relays(), random);
    this.sessions =
        new UdpRelays(
            loop,
            transport,
            clusters,
            deadlines,
            observer.relays(),
            random,
            transport.sharesPorts() ? options.workers() : 1);
    this.quic = new QuicSockets(this, workers);
    this.drainNanos = options.drain().toNanos();
  }

  /** On other threads Netty shares its buffer and object pools, with locks, or goes without. */
  private static ThreadFactory threads(String name) {
    return loop -> new FastThreadLocalThread(loop, name);
  }

  int number() {
    return number;
  }

  EventLoop loop() {
    return loop;
  }

  Deadlines deadlines() {
    return deadlines;
  }

  ExchangeObserver observer() {
    return observer;
  }

  Exchanges exchanges() {
    return exchanges;
  }

  TcpRelays relays() {
    return relays;
  }

  Transport transport() {
    return transport;
  }

  QuicSockets quic() {
    return quic;
  }

  LoopAllocator allocator() {
    return allocator;
  }

  // --- plans -----------------------------------------------------------------------------------

  /** Runs {@code plan} from the next request on; completes when its sockets are open. */
  CompletionStage<List<BindFailure>> install(Plan plan) {
    CompletableFuture<List<BindFailure>> done = new CompletableFuture<>();
    loop.execute(() -> {
      try {
        change(plan, done);
      } catch (RuntimeException | Error e) {
        done.completeExceptionally(e);
      }
    });
    return done;
  }

  /** DNS says that {@code name} has these addresses. */
  void resolved(String name, List<InetAddress> addresses) {
    loop.execute(() -> clusters.resolved(name, addresses));
  }

  /**
   * Closes the sockets for datagrams that are open only for what lives on them and are in the way
   * of new listeners. Completes with the addresses where these go on with such a socket.
   */
  CompletionStage<Set<InetSocketAddress>> makeWay(List<ListenerPlan> newcomers) {
    CompletableFuture<Set<InetSocketAddress>> done = new CompletableFuture<>();
    loop.execute(() -> {
      Set<InetSocketAddress> kept = new HashSet<>();
      for (ListenerPlan newcomer : newcomers) {
        for (InetSocketAddress address : newcomer.addresses()) {
          makeWay(newcomer, address);
          if (newcomer instanceof QuicListenerPlan && quic.has(address)) {
            kept.add(address);
          }
        }
      }
      done.complete(kept);
    });
    return done;
  }

  private void makeWay(ListenerPlan newcomer, InetSocketAddress address) {
    switch (newcomer) {
      case TcpListenerPlan tcp -> {}
      case QuicListenerPlan next -> endSessions(address);
      case UdpListenerPlan udp -> {
        endSessions(address);
        quic.release(address);
      }
    }
  }

  private void endSessions(InetSocketAddress address) {
    for (ListenerState gone : leaving) {
      if (gone instanceof UdpListenerState datagrams) {
        datagrams.leave(address);
      }
    }
  }

  private void change(Plan plan, CompletableFuture<List<BindFailure>> done) {
    // Clusters first: a route must not be found before its backends are.
    clusters.install(plan.clusters());
    Binding binding = new Binding(done);
    Iterator<Map.Entry<String, ListenerState>> present = listeners.entrySet().iterator();
    while (present.hasNext()) {
      Map.Entry<String, ListenerState> entry = present.next();
      if (!plan.listeners().containsKey(entry.getKey())) {
        present.remove();
        leave(entry.getValue());
      }
    }
    for (ListenerPlan next : plan.listeners().values()) {
      ListenerState state = listeners.get(next.name());
      if (state == null || !state.take(next)) {
        if (state != null) {
          leave(state);
        }
        state = listener(next);
        listeners.put(next.name(), state);
      }
      if (!draining) {
        rebind(state, binding);
      }
    }
    binding.allAsked();
  }

  private ListenerState listener(ListenerPlan plan) {
    return switch (plan) {
      case TcpListenerPlan tcp -> new TcpListenerState(tcp, this);
      case QuicListenerPlan overQuic -> new QuicListenerState(overQuic, this);
      case UdpListenerPlan udp -> new UdpListenerState(sessions.listener(udp));
    };
  }

  private void leave(ListenerState listener) {
    listener.drain();
    if (listener.connections() > 0) {
      leaving.add(listener);
      loop.schedule(
          () -> {
            leaving.remove(listener);
            listener.close();
          },
          drainNanos,
          TimeUnit.NANOSECONDS);
    }
  }

  private void rebind(ListenerState listener, Binding binding) {
    Set<InetSocketAddress> wanted = new HashSet<>(listener.plan().addresses());
    for (InetSocketAddress address : List.copyOf(listener.sockets().keySet())) {
      if (!wanted.contains(address)) {
        listener.leave(address);
      }
    }
    for (InetSocketAddress address : wanted) {
      Channel open = listener.sockets().get(address);
      if (open == null || !open.isOpen()) {
        bind(listener, address, binding);
      }
    }
  }

  private void bind(ListenerState listener, InetSocketAddress address, Binding binding) {
    makeWay(listener.plan(), address);
    binding.asked();
    ChannelFuture bound = listener.bind(address);
    listener.sockets().put(address, bound.channel());
    bound.addListener(future -> {
      if (!future.isSuccess()) {
        listener.sockets().remove(address, bound.channel());
        binding.failed(
            new BindFailure(
                listener.plan().name(),
                NetUtil.toSocketAddressString(address),
                String.valueOf(future.cause().getMessage())));
      }
      binding.answered();
    });
  }

  /** Waits for the answers to several binds. */
  private static final class Binding {
    private final CompletableFuture<List<BindFailure>> done;
    private final List<BindFailure> failures = new ArrayList<>();
    private int open = 1;

    Binding(CompletableFuture<List<BindFailure>> done) {
      this.done = done;
    }

    void asked() {
      open++;
    }

    void failed(BindFailure failure) {
      failures.add(failure);
    }

    void answered() {
      if (--open == 0) {
        done.complete(List.copyOf(failures));
      }
    }

    void allAsked() {
      answered();
    }
  }

  // --- the end ---------------------------------------------------------------------------------

  /**
   * Accepts no more, lets connections end when nothing runs on them, and closes what is left when
   * the drain time is over. Completes when no connection is left.
   */
  CompletionStage<Void> drain(long nanos) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    loop.execute(() -> {
      draining = true;
      listeners.values().forEach(ListenerState::drain);
      long deadline = deadlines.now() + nanos;
      awaitEmpty(deadline, done);
    });
    return done;
  }

  private void awaitEmpty(long deadline, CompletableFuture<Void> done) {
    List<ListenerState> all = new ArrayList<>(listeners.values());
    all.addAll(leaving);
    if (all.stream().allMatch(listener -> listener.connections() == 0)) {
      done.complete(null);
    } else if (deadlines.now() - deadline >= 0) {
      all.forEach(ListenerState::close);
      done.complete(null);
    } else {
      loop.schedule(() -> awaitEmpty(deadline, done), 10, TimeUnit.MILLISECONDS);
    }
  }

  /** Closes everything at once and ends the loop. */
  CompletionStage<Void> close() {
    CompletableFuture<Void> done = new CompletableFuture<>();
    loop.execute(() -> {
      listeners.values().forEach(ListenerState::close);
      leaving.forEach(ListenerState::close);
      quic.close();
      exchanges.close();
      clusters.drain();
      allocator.close();
    });
    loop.parent()
        .shutdownGracefully(0, 2, TimeUnit.SECONDS)
        .addListener(ended -> done.complete(null));
    return done;
  }

  // --- looking ---------------------------------------------------------------------------------

  /** What lives on this loop now. */
  CompletionStage<WorkerSnapshot> snapshot() {
    CompletableFuture<WorkerSnapshot> done = new CompletableFuture<>();
    loop.execute(() -> {
      Map<String, Integer> connections = new HashMap<>();
      listeners.forEach((name, state) -> connections.put(name, state.connections()));
      done.complete(new WorkerSnapshot(connections, exchanges.active(), clusters.snapshot()));
    });
    return done;
  }
}
