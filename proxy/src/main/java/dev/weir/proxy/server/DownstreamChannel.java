package dev.weir.proxy.server;

import dev.weir.core.failure.Failure;
import dev.weir.proxy.http.h1.Http1DownstreamConnection;
import dev.weir.proxy.loop.Deadlines;
import dev.weir.proxy.loop.Deadlines.Deadline;
import dev.weir.proxy.plan.ChainPlan;
import dev.weir.proxy.plan.ChainTable;
import dev.weir.proxy.plan.DownstreamTls;
import dev.weir.proxy.plan.HttpOptions;
import dev.weir.proxy.plan.HttpPlan;
import dev.weir.proxy.plan.TcpPlan;
import dev.weir.proxy.stream.DownstreamContext;
import dev.weir.proxy.stream.DownstreamStream;
import dev.weir.proxy.stream.RequestReceiver;
import dev.weir.proxy.tcp.TcpDownstream;
import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.NetUtil;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One accepted connection and the chain that serves it: that of the current plan, so that a request
 * always meets the current configuration while its connection lives on.
 */
final class DownstreamChannel implements DownstreamContext, RequestReceiver.Acceptor {
  private final Channel channel;
  private final Worker worker;
  private final String listener;
  private final @Nullable SocketAddress remote;
  private @Nullable ChainPlan chain;
  private @Nullable String serverName;
  private boolean secure;
  private boolean draining;
  private Runnable drain;

  /** The same where the client is not served on these terms any more. */
  private Runnable withdrawal;

  private boolean withdrawn;

  /** Ends a connection on which no codec was chosen in time; null unless it drains. */
  private @Nullable Deadline end;

  /**
   * A connection that was just accepted.
   *
   * @param listener by name
   * @param remote the client's address, or null if the channel knows it
   */
  DownstreamChannel(
      Channel channel, Worker worker, String listener, @Nullable SocketAddress remote) {
    this.channel = channel;
    this.worker = worker;
    this.listener = listener;
    this.remote = remote;
    this.drain = this::closeSoon;
    this.withdrawal = this::closeSoon;
  }

  /** Is served in plain text by {@code chosen}. */
  void plain(ChainPlan chosen) {
    chain = chosen;
    switch (chosen.traffic()) {
      case HttpPlan http -> channel.pipeline().addLast(new PlainStart(this));
      case TcpPlan tcp -> relay(tcp, null);
    }
  }

  /** Asks in TLS for {@code name}, which {@code chosen} serves. */
  void secure(@Nullable String name, ChainPlan chosen) {
    secure = true;
    serverName = name;
    chain = chosen;
  }

  /**
   * Is passed on as it comes from now on, and runs to its end by itself.
   *
   * @param tls what is going to end TLS, or null
   */
  void relay(TcpPlan plan, @Nullable SslHandler tls) {
    onDrain(() -> {});
    worker.relays().open(channel, new TcpDownstream(listener, secure, serverName), plan, tls);
  }

  /** Nothing serves it. */
  void refuse(Failure failure) {
    worker.observer().relays().refused(listener, peer(), failure);
    channel.close();
  }

  /**
   * The listener has a new plan: goes on with what became of the chain, so that the next request
   * meets it. A connection whose chain is gone, whose server name is another chain's now, or whose
   * client would have to prove something else now, ends; what still comes on it meets the chain
   * that it began with. What is passed on as it comes is one piece, and is not touched.
   */
  void planChanged(ChainTable chains) {
    if (chain == null || chain.traffic() instanceof TcpPlan) {
      return;
    }
    ChainPlan next = chains.find(serverName);
    if (next != null
        && next.name().equals(chain.name())
        && next.traffic() instanceof HttpPlan
        && sameTerms(chain.tls(), next.tls())) {
      chain = next;
    } else {
      withdraw();
    }
  }

  private static boolean sameTerms(@Nullable DownstreamTls before, @Nullable DownstreamTls now) {
    if (before == null || now == null) {
      return before == null && now == null;
    }
    return Objects.equals(before.clients(), now.clients());
  }

  /** The codec is chosen; {@code action} makes it end the connection without cutting anything. */
  void onDrain(Runnable action) {
    onDrain(action, action);
  }

  /**
   * The same.
   *
   * @param withdrawal in place of {@code action} where the client is not served on these terms any
   *     more: then an idle connection takes no further request
   */
  void onDrain(Runnable action, Runnable withdrawal) {
    drain = action;
    this.withdrawal = withdrawal;
    if (end != null) {
      end.clear();
    }
    if (withdrawn) {
      withdrawal.run();
    } else if (draining) {
      action.run();
    }
  }

  /** Ends the connection as soon as nothing runs on it. */
  void drain() {
    if (!draining) {
      draining = true;
      drain.run();
    }
  }

  /** The same for a client that is not to ask again, also where the connection drains already. */
  private void withdraw() {
    if (!withdrawn) {
      withdrawn = true;
      draining = true;
      withdrawal.run();
    }
  }

  /** Who has only just connected gets the time to ask. */
  private void closeSoon() {
    if (end != null) {
      return;
    }
    Deadline late = deadlines().create(channel::close);
    late.set(Http1DownstreamConnection.LAST_REQUEST_NANOS);
    channel.closeFuture().addListener(closed -> late.cancel());
    end = late;
  }

  /** Ends it now. */
  void close() {
    channel.close();
  }

  @Override
  public HttpOptions options() {
    return http().options();
  }

  @Override
  public RequestReceiver.Acceptor acceptor() {
    return this;
  }

  @Override
  public RequestReceiver open(DownstreamStream stream) {
    return worker.exchanges().open(stream, http());
  }

  private HttpPlan http() {
    if (chain == null) {
      throw new IllegalStateException("no chain chosen yet");
    }
    return chain.http();
  }

  @Override
  public Deadlines deadlines() {
    return worker.deadlines();
  }

  @Override
  public boolean secure() {
    return secure;
  }

  @Override
  public @Nullable String serverName() {
    return serverName;
  }

  @Override
  public boolean draining() {
    return draining;
  }

  @Override
  public void rejected(Failure failure) {
    worker.observer().rejected(http().name(), peer(), failure);
  }

  private String peer() {
    SocketAddress address = remote == null ? channel.remoteAddress() : remote;
    return address instanceof InetSocketAddress inet && inet.getAddress() != null
        ? NetUtil.toAddressString(inet.getAddress())
        : "unknown";
  }
}
