package dev.weir.proxy.tcp;

import dev.weir.core.failure.Failure;
import dev.weir.core.failure.Failure.Retry;
import dev.weir.core.failure.Reason;
import dev.weir.proxy.loop.Deadlines.Deadline;
import dev.weir.proxy.plan.TcpPlan;
import dev.weir.proxy.upstream.ClusterState;
import dev.weir.proxy.upstream.ConnectionUser;
import dev.weir.proxy.upstream.EndpointState;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A client's connection and the connection to an endpoint that goes with it. Buffers pass as they
 * were read; when one side cannot take more, the other is not read. Each direction ends by itself,
 * after everything before its end was written. A reset of one side resets the other.
 *
 * <p>Until the endpoint is there the client is not read, so that what it sends waits in the kernel;
 * what was read to find out where it wants to goes first.
 */
final class TcpRelay implements ConnectionUser {
  /** For one side to read the end, when the other is gone. */
  private static final long LINGER_NANOS = TimeUnit.SECONDS.toNanos(10);

  private enum State {
    /** The client's TLS is still to begin. */
    SECURING,
    CONNECTING,
    /** Bytes pass. */
    OPEN,
    /** One side is gone; what the other still sends is thrown away until it ends. */
    LINGERING,
    /** Nothing passes any more; sockets are closing or closed. */
    OVER
  }

  private final TcpRelays relays;
  private final TcpPlan plan;
  private final RelayOutcome outcome;
  private final Channel client;
  private final RelaySide downstream;
  private final Deadline idle;

  /** What was read before there was an endpoint. */
  private final ArrayDeque<ByteBuf> early = new ArrayDeque<>(1);

  /** Endpoints that could not be connected. */
  private List<EndpointState> tried = List.of();

  private @Nullable RelaySide upstream;
  private @Nullable RelaySide lingering;
  private State state;
  private int openSides = 1;

  TcpRelay(
      TcpRelays relays,
      TcpPlan plan,
      RelayOutcome outcome,
      Channel client,
      @Nullable SslHandler tls) {
    this.relays = relays;
    this.plan = plan;
    this.outcome = outcome;
    this.client = client;
    this.downstream = new RelaySide(this, client, tls);
    this.idle = relays.deadlines().create(this::idle);
    this.state = tls == null ? State.CONNECTING : State.SECURING;
  }

  // --- the beginning ---------------------------------------------------------------------------

  /** Takes its place in the client's pipeline, and begins. */
  void open() {
    client.pipeline().addLast(downstream);
    if (relays.clusters().find(outcome.cluster()) == null) {
      fail(noCluster());
    } else if (state == State.CONNECTING) {
      connect();
    }
  }

  /** The TLS of a side is there, or failed for the reason given. */
  void secured(RelaySide side, @Nullable Throwable cause) {
    if (state == State.SECURING && side == downstream) {
      if (cause == null) {
        state = State.CONNECTING;
        connect();
      } else {
        fail(Failure.downstream(Reason.DOWNSTREAM_TLS_FAILURE, String.valueOf(cause.getMessage())));
      }
    }
  }

  private void connect() {
    downstream.pause();
    ClusterState cluster = relays.clusters().find(outcome.cluster());
    if (cluster == null) {
      fail(noCluster());
      return;
    }
    long now = relays.deadlines().now();
    EndpointState endpoint = tried.isEmpty() ? cluster.pick(now) : cluster.pickOther(tried, now);
    if (endpoint == null) {
      fail(
          Failure.upstream(
              Reason.NO_HEALTHY_UPSTREAM, Retry.NEVER, cluster.name() + " has no endpoint"));
      return;
    }
    outcome.endpoint = endpoint;
    outcome.attempts++;
    endpoint.connect(this);
  }

  private void tryAnother() {
    if (tried.isEmpty()) {
      tried = new ArrayList<>();
    }
    if (outcome.endpoint != null) {
      tried.add(outcome.endpoint);
    }
    connect();
  }

  private Failure noCluster() {
    return Failure.local(Reason.NO_CLUSTER, outcome.cluster() + " is not in the configuration");
  }

  @Override
  public void connectFailed(Failure failure) {
    endpointOver(true);
    if (state != State.CONNECTING) {
      return;
    }
    if (failure.retry() == Retry.UNSENT && outcome.attempts < plan.connectAttempts()) {
      tryAnother();
    } else {
      fail(failure);
    }
  }

  @Override
  public void connected(Channel channel) {
    channel.closeFuture().addListener(closed -> endpointOver(outcome.failedUpstream()));
    if (state != State.CONNECTING) {
      channel.close();
      return;
    }
    state = State.OPEN;
    outcome.connectNanos = relays.deadlines().now() - outcome.startNanos();
    tried = List.of();
    openSides++;
    RelaySide side = new RelaySide(this, channel, channel.pipeline().get(SslHandler.class));
    upstream = side;
    channel.pipeline().addLast(side);
    idle.set(plan.idleNanos());
    for (ByteBuf data = early.poll(); data != null; data = early.poll()) {
      side.write(data);
    }
    side.flush();
    if (downstream.inputEnded()) {
      ended(downstream);
    } else if (side.writable()) {
      downstream.resume();
    }
  }

  private void endpointOver(boolean failed) {
    if (outcome.endpoint != null) {
      outcome.endpoint.connectionOver(failed);
    }
  }

  // --- bytes -----------------------------------------------------------------------------------

  void read(RelaySide from, ByteBuf data) {
    int bytes = data.readableBytes();
    switch (state) {
      case SECURING, CONNECTING -> {
        outcome.bytesReceived += bytes;
        early.add(data);
      }
      case OPEN -> {
        if (from == downstream) {
          outcome.bytesReceived += bytes;
        } else {
          outcome.bytesSent += bytes;
        }
        idle.set(plan.idleNanos());
        RelaySide to = other(from);
        to.write(data);
        if (!to.writable()) {
          from.pause();
        }
      }
      case LINGERING, OVER -> data.release();
    }
  }

  void readComplete(RelaySide from) {
    if (state == State.OPEN) {
      other(from).flush();
    }
  }

  void writable(RelaySide side) {
    if (state == State.OPEN) {
      other(side).resume();
    }
  }

  private RelaySide other(RelaySide side) {
    if (upstream == null) {
      throw new IllegalStateException("not connected yet");
    }
    return side == downstream ? upstream : downstream;
  }

  // --- the end ---------------------------------------------------------------------------------

  /** A side sends nothing more. */
  void ended(RelaySide side) {
    switch (state) {
      case SECURING, CONNECTING, OVER -> {} // passed on when there is an endpoint, or never
      case LINGERING -> {
        if (side == lingering) {
          over();
        }
      }
      case OPEN -> {
        RelaySide other = other(side);
        other.endOutput();
        if (side.closedByEnd() && !other.inputEnded()) {
          linger(side, other);
        }
      }
    }
  }

  /** Lets one side read what was written and the end, while the other closes. */
  private void linger(RelaySide gone, RelaySide last) {
    state = State.LINGERING;
    lingering = last;
    idle.set(LINGER_NANOS);
    last.resume();
    gone.close();
  }

  /** A side broke off. */
  void broken(RelaySide side, String detail) {
    switch (state) {
      case SECURING, CONNECTING ->
          fail(Failure.downstream(Reason.DOWNSTREAM_RESET, "the client's connection: " + detail));
      case OPEN -> {
        outcome.failure =
            side == downstream
                ? Failure.downstream(Reason.DOWNSTREAM_RESET, "the client's connection: " + detail)
                : Failure.upstream(
                    Reason.UPSTREAM_RESET, Retry.NEVER, "the endpoint's connection: " + detail);
        state = State.OVER;
        side.close();
        other(side).abort();
      }
      case LINGERING -> {
        if (side == lingering) {
          over();
        }
      }
      case OVER -> side.close();
    }
  }

  /** The socket of a side is closed. */
  void closed(RelaySide side) {
    openSides--;
    boolean expected = side.finished() || state == State.LINGERING || state == State.OVER;
    if (!expected) {
      broken(side, "closed");
    }
    if (openSides == 0) {
      complete();
    }
  }

  private void idle() {
    if (state == State.OPEN) {
      outcome.failure = Failure.local(Reason.IDLE_TIMEOUT, "nothing moved");
    }
    over();
  }

  /** It does not come to bytes passing. */
  private void fail(Failure failure) {
    outcome.failure = failure;
    over();
  }

  private void over() {
    state = State.OVER;
    downstream.close();
    if (upstream != null) {
      upstream.close();
    }
  }

  private void complete() {
    state = State.OVER;
    idle.cancel();
    for (ByteBuf data = early.poll(); data != null; data = early.poll()) {
      data.release();
    }
    outcome.durationNanos = relays.deadlines().now() - outcome.startNanos();
    relays.observer().completed(outcome);
  }
}
