package dev.weir.proxy.exchange;

import dev.weir.proxy.loop.Deadlines;
import dev.weir.proxy.loop.HttpDate;
import dev.weir.proxy.observe.ExchangeObserver;
import dev.weir.proxy.plan.HttpPlan;
import dev.weir.proxy.stream.DownstreamStream;
import dev.weir.proxy.stream.RequestReceiver;
import dev.weir.proxy.upstream.Clusters;
import java.util.ArrayDeque;
import java.util.SplittableRandom;

/** The exchanges of one worker: what they share, and those that wait to be used again. */
public final class Exchanges {
  /** More than this many are left to the garbage collector. */
  private static final int MOST_IDLE = 1024;

  private final Clusters clusters;
  private final Deadlines deadlines;
  private final HttpDate date;
  private final ExchangeObserver observer;
  private final SplittableRandom random;
  private final ForwardedHeaders forwardedHeaders;
  private final SideRequests sideRequests = new SideRequests();
  private final ArrayDeque<Exchange> idle = new ArrayDeque<>();
  private int active;

  public Exchanges(
      Clusters clusters,
      Deadlines deadlines,
      HttpDate date,
      ExchangeObserver observer,
      SplittableRandom random) {
    this.clusters = clusters;
    this.deadlines = deadlines;
    this.date = date;
    this.observer = observer;
    this.random = random;
    this.forwardedHeaders = new ForwardedHeaders(random);
  }

  /** The receiver of a new request, which is to be answered by {@code http}. */
  public RequestReceiver open(DownstreamStream stream, HttpPlan http) {
    Exchange exchange = idle.pollLast();
    if (exchange == null) {
      exchange = new Exchange(this);
    }
    active++;
    exchange.begin(stream, http);
    return exchange;
  }

  /** Exchanges that run now. */
  public int active() {
    return active;
  }

  /** Gives up what outlives its exchange: the worker ends. */
  public void close() {
    sideRequests.cancelAll();
  }

  /** An exchange is over. */
  void ended() {
    active--;
  }

  /**
   * Keeps an exchange that is over for another request. It is not begun again before all calls on
   * the stack have returned, as codecs do not open a stream while an exchange is calling them.
   */
  void reuse(Exchange exchange) {
    if (idle.size() < MOST_IDLE) {
      idle.addLast(exchange);
    }
  }

  Clusters clusters() {
    return clusters;
  }

  Deadlines deadlines() {
    return deadlines;
  }

  HttpDate date() {
    return date;
  }

  ExchangeObserver observer() {
    return observer;
  }

  SplittableRandom random() {
    return random;
  }

  SideRequests sideRequests() {
    return sideRequests;
  }

  ForwardedHeaders forwardedHeaders() {
    return forwardedHeaders;
  }
}
