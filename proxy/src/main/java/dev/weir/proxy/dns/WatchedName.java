package dev.weir.proxy.dns;

import dev.weir.proxy.loop.Deadlines;
import dev.weir.proxy.loop.Deadlines.Deadline;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One name that is kept up to date. While it cannot be resolved it keeps the addresses it had: an
 * outage of DNS is not to be an outage of what it names.
 */
final class WatchedName {
  /** Answers that may be kept for a shorter time, or not at all, are asked for no more often. */
  static final long SHORTEST_SECONDS = 1;

  /** Answers are asked for again after so long, though they could be kept longer. */
  static final long LONGEST_SECONDS = 300;

  /** After a failure it is asked again; the time doubles with each in a row, up to here. */
  static final long LONGEST_RETRY_SECONDS = 32;

  private static final Logger log = LoggerFactory.getLogger(WatchedName.class);
  private static final Comparator<InetAddress> ORDER =
      Comparator.comparing(InetAddress::getAddress, Arrays::compareUnsigned);

  private final String name;
  private final Resolution.OfName resolution;
  private final Names.Listener listener;
  private final Deadline again;
  private final List<Runnable> waiting = new ArrayList<>();
  private List<InetAddress> addresses = List.of();
  private boolean known;
  private int failures;
  private boolean closed;

  /** Asks at once. */
  WatchedName(String name, Resolution resolution, Deadlines deadlines, Names.Listener listener) {
    this.name = name;
    this.resolution = resolution.of(name);
    this.listener = listener;
    this.again = deadlines.create(this::ask);
    ask();
  }

  String name() {
    return name;
  }

  /** Runs {@code action} when DNS has answered, be it with a failure; at once if it has already. */
  void whenKnown(Runnable action) {
    if (known) {
      action.run();
    } else {
      waiting.add(action);
    }
  }

  private void ask() {
    Future<List<InetAddress>> answer = resolution.ask();
    answer.addListener(done -> answered(answer));
  }

  private void answered(Future<List<InetAddress>> answer) {
    if (closed) {
      return;
    }
    if (answer.isSuccess()) {
      resolved(answer.getNow());
    } else {
      failed(answer.cause());
    }
    known = true;
    waiting.forEach(Runnable::run);
    waiting.clear();
  }

  private void resolved(List<InetAddress> answer) {
    if (failures > 0) {
      log.info("{} can be resolved again", name);
      failures = 0;
    }
    // DNS servers like to answer in another order each time.
    List<InetAddress> sorted = answer.stream().distinct().sorted(ORDER).toList();
    if (!sorted.equals(addresses)) {
      addresses = sorted;
      listener.resolved(name, sorted);
    }
    askIn(Math.clamp(resolution.secondsToLive(), SHORTEST_SECONDS, LONGEST_SECONDS));
  }

  private void failed(Throwable cause) {
    if (failures == 0) {
      log.warn(
          "{} cannot be resolved, {}: {}",
          name,
          addresses.isEmpty() ? "it has no addresses yet" : "it keeps " + addresses,
          cause.getMessage());
    }
    askIn(Math.min(1L << Math.min(failures, 16), LONGEST_RETRY_SECONDS));
    failures++;
  }

  private void askIn(long seconds) {
    again.set(TimeUnit.SECONDS.toNanos(seconds));
  }

  void close() {
    closed = true;
    again.cancel();
    resolution.close();
  }
}
