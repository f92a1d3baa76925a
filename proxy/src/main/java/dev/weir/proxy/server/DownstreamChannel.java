package dev.weir.proxy.server;

import dev.weir.core.failure.Failure;
import dev.weir.proxy.loop.Deadlines;
import dev.weir.proxy.plan.ChainPlan;
import dev.weir.proxy.plan.HttpOptions;
import dev.weir.proxy.plan.HttpPlan;
import dev.weir.proxy.plan.ListenerPlan;
import dev.weir.proxy.stream.DownstreamContext;
import dev.weir.proxy.stream.DownstreamStream;
import dev.weir.proxy.stream.RequestReceiver;
import io.netty.channel.Channel;
import io.netty.util.NetUtil;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * One accepted connection: which listener it came to and which chain serves it. Looks the chain up
 * anew when the listener's plan has changed, so that a request always meets the current
 * configuration while its connection lives on.
 */
final class DownstreamChannel implements DownstreamContext, RequestReceiver.Acceptor {
  private final Channel channel;
  private final Worker worker;
  private final ListenerState listener;
  private ListenerPlan seen;
  private HttpPlan http;
  private @Nullable String serverName;
  private boolean secure;
  private boolean draining;
  private Runnable drain;

  DownstreamChannel(Channel channel, Worker worker, ListenerState listener, ChainPlan chain) {
    this.channel = channel;
    this.worker = worker;
    this.listener = listener;
    this.seen = listener.plan();
    this.http = chain.http();
    this.drain = channel::close;
  }

  /** TLS is to be ended with the chain for {@code name}. */
  void secure(@Nullable String name, ChainPlan chain) {
    secure = true;
    serverName = name;
    seen = listener.plan();
    http = chain.http();
  }

  /** The codec is chosen; {@code action} makes it end the connection without cutting anything. */
  void onDrain(Runnable action) {
    drain = action;
    if (draining) {
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
    ListenerPlan current = listener.plan();
    if (current != seen) {
      seen = current;
      ChainPlan chain = current.chains().find(serverName);
      // A chain that is gone serves the connections it has until they have drained.
      if (chain != null) {
        http = chain.http();
      }
    }
    return http;
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
    worker.observer().rejected(http.name(), peer(), failure);
  }

  private String peer() {
    return channel.remoteAddress() instanceof InetSocketAddress inet && inet.getAddress() != null
        ? NetUtil.toAddressString(inet.getAddress())
        : "unknown";
  }
}
