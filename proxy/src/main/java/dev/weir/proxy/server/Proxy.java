package dev.weir.proxy.server;

import dev.weir.core.xds.Applied.BindFailure;
import dev.weir.proxy.dns.Names;
import dev.weir.proxy.loop.Transport;
import dev.weir.proxy.observe.ExchangeObserver;
import dev.weir.proxy.plan.ListenerPlan;
import dev.weir.proxy.plan.Plan;
import dev.weir.proxy.source.Installer;
import dev.weir.proxy.upstream.SharedLoads;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The data plane: as many workers as cores, all running the same plan. Methods may be called from
 * any thread.
 */
public final class Proxy implements Installer, AutoCloseable {
  private final List<Worker> workers;
  private final SharedLoads loads = new SharedLoads();
  private final Names names;
  private final boolean sharePorts;
  private final Set<Place> bound = new HashSet<>();
  private volatile boolean draining;

  private Proxy(ProxyOptions options, ExchangeObserver.Source observers) {
    sharePorts = options.sharePorts();
    Transport transport = Transport.available();
    int count = transport.sharesPorts() ? options.workers() : 1;
    List<Worker> all = new ArrayList<>(count);
    IntFunction<@Nullable Worker> byNumber = i -> i < count ? all.get(i) : null;
    for (int i = 0; i < count; i++) {
      all.add(new Worker(i, transport, options, loads, observers.forWorker(i), byNumber));
    }
    workers = List.copyOf(all);
    Worker first = workers.getFirst();
    names =
        new Names(first.loop(), transport, first.deadlines(), options.dnsServers(), this::resolved);
  }

  private void resolved(String name, List<InetAddress> addresses) {
    workers.forEach(worker -> worker.resolved(name, addresses));
  }

  /** A proxy that runs {@link Plan#EMPTY}. */
  public static Proxy start(ProxyOptions options, ExchangeObserver.Source observers) {
    return new Proxy(options, observers);
  }

  @Override
  public CompletionStage<InstallResult> install(Plan wanted) {
    Plan plan = LocalAddresses.spread(wanted);
    return madeWay(plan)
        .thenCompose(ours -> {
          Map<Place, BindFailure> refused = probe(plan, ours);
          Plan possible = refused.isEmpty() ? plan : without(plan, refused.keySet());
          return known(plan.names())
              .thenCompose(known -> all(worker -> worker.install(possible)))
              .thenApply(answers -> result(possible, refused, answers));
        });
  }

  /**
   * Waits until no listener for datagrams that drains is in the way of a new one. Gives the places
   * where new ones go on with sockets that we have.
   */
  private CompletionStage<Set<Place>> madeWay(Plan plan) {
    List<ListenerPlan> newcomers = new ArrayList<>();
    for (ListenerPlan listener : plan.listeners().values()) {
      List<InetSocketAddress> addresses =
          places(listener).stream()
              .filter(place -> place.transport() == Place.Transport.UDP && !bound.contains(place))
              .map(Place::address)
              .toList();
      if (!addresses.isEmpty()) {
        newcomers.add(listener.at(addresses));
      }
    }
    return newcomers.isEmpty()
        ? CompletableFuture.completedFuture(Set.of())
        : all(worker -> worker.makeWay(newcomers))
            .thenApply(kept ->
                kept.stream()
                    .flatMap(Set::stream)
                    .map(address -> new Place(Place.Transport.UDP, address))
                    .collect(Collectors.toSet()));
  }

  /** Waits for DNS, so that no request meets a cluster whose names were never asked for. */
  private CompletionStage<Void> known(Set<String> wanted) {
    CompletableFuture<Void> known = new CompletableFuture<>();
    names.follow(wanted, () -> known.complete(null));
    return known;
  }

  /**
   * Tries places that are new and not {@code ours}; one that somebody else has is left out. Where
   * ports are shared the workers find out: a socket that only tries would get a part of the traffic
   * for a moment, and lose it.
   */
  private Map<Place, BindFailure> probe(Plan plan, Set<Place> ours) {
    Map<Place, BindFailure> refused = new LinkedHashMap<>();
    if (sharePorts) {
      return refused;
    }
    for (ListenerPlan listener : plan.listeners().values()) {
      for (Place place : places(listener)) {
        if (bound.contains(place) || ours.contains(place) || place.overlaps(bound)) {
          continue;
        }
        try {
          place.tryBind();
        } catch (IOException e) {
          refused.put(place, place.failure(listener.name(), String.valueOf(e.getMessage())));
        }
      }
    }
    return refused;
  }

  private static List<Place> places(ListenerPlan listener) {
    return listener.addresses().stream().map(address -> Place.of(listener, address)).toList();
  }

  private static Plan without(Plan plan, Set<Place> refused) {
    Map<String, ListenerPlan> listeners = new HashMap<>();
    plan.listeners()
        .forEach((name, listener) ->
            listeners.put(
                name,
                listener.at(
                    places(listener).stream()
                        .filter(place -> !refused.contains(place))
                        .map(Place::address)
                        .toList())));
    return new Plan(listeners, plan.clusters());
  }

  private InstallResult result(
      Plan plan, Map<Place, BindFailure> refused, List<List<BindFailure>> answers) {
    Map<FailedPlace, BindFailure> failures = new LinkedHashMap<>();
    refused.values().forEach(failure -> failures.put(FailedPlace.of(failure), failure));
    answers.forEach(
        some -> some.forEach(failure -> failures.putIfAbsent(FailedPlace.of(failure), failure)));
    bound.clear();
    for (ListenerPlan listener : plan.listeners().values()) {
      for (Place place : places(listener)) {
        if (!failures.containsKey(FailedPlace.of(place.failure(listener.name(), "")))) {
          bound.add(place);
        }
      }
    }
    loads.retain(plan.clusters().keySet());
    return new InstallResult(List.copyOf(failures.values()));
  }

  /** Of many workers that fail at the same place one is enough. */
  private record FailedPlace(String listener, String address) {
    static FailedPlace of(BindFailure failure) {
      return new FailedPlace(failure.listener(), failure.address());
    }
  }

  /** Whether {@link #drain} was called: not ready for new traffic. */
  public boolean draining() {
    return draining;
  }

  /**
   * Stops gracefully: accepts no more, says goodbye on HTTP/2 connections, closes idle ones, lets
   * exchanges finish. Completes when nothing runs any more, or when {@code limit} is over and the
   * rest was closed.
   */
  public CompletionStage<Void> drain(Duration limit) {
    draining = true;
    return all(worker -> worker.drain(limit.toNanos())).thenApply(done -> null);
  }

  /** What lives on each worker now. */
  public CompletionStage<List<WorkerSnapshot>> snapshot() {
    return all(Worker::snapshot);
  }

  /** Closes everything at once and waits for the loops to end. */
  @Override
  public void close() {
    draining = true;
    names.close();
    all(Worker::close).toCompletableFuture().join();
  }

  private <T> CompletionStage<List<T>> all(Function<Worker, CompletionStage<T>> ask) {
    List<CompletableFuture<T>> answers = new ArrayList<>();
    for (Worker worker : workers) {
      answers.add(ask.apply(worker).toCompletableFuture());
    }
    return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
        .thenApply(done -> answers.stream().map(CompletableFuture::join).toList());
  }
}
