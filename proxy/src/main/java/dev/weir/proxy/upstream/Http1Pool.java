package dev.weir.proxy.upstream;

import dev.weir.core.failure.Failure;
import dev.weir.proxy.http.h1.Http1UpstreamConnection;
import dev.weir.proxy.loop.Deadlines;
import dev.weir.proxy.stream.ResponseReceiver;
import io.netty.channel.Channel;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * HTTP/1.1 connections to one endpoint. The connection used last is used first, so that those not
 * needed grow old and are closed. A request without a connection makes one and takes the first that
 * is there, its own or one that has become idle.
 */
final class Http1Pool implements Pool, Http1UpstreamConnection.Owner, Connector.Client {
  private final EndpointState endpoint;
  private final ClusterState cluster;
  private final Connector connector;

  /** Used last comes first. */
  private final ArrayDeque<Http1UpstreamConnection> idle = new ArrayDeque<>();

  private final WaitingLine waiting;
  private final Deadlines.Deadline oldest;
  private int connecting;
  private int open;
  private boolean draining;

  Http1Pool(EndpointState endpoint, Connector connector) {
    this.endpoint = endpoint;
    this.cluster = endpoint.cluster();
    this.connector = connector;
    this.waiting = new WaitingLine(cluster);
    this.oldest = connector.deadlines().create(this::closeOld);
  }

  @Override
  public @Nullable PendingStream acquire(ResponseReceiver receiver, Reuse reuse) {
    Http1UpstreamConnection connection;
    while (reuse == Reuse.IDLE_ALLOWED && (connection = idle.pollFirst()) != null) {
      if (connection.usable()) {
        connection.start(receiver);
        return null;
      }
    }
    PendingStream pending = waiting.add(this, receiver);
    connectForWaiting();
    return pending;
  }

  @Override
  public void withdraw(PendingStream pending) {
    waiting.remove(pending);
  }

  /** Makes a connection for each request that waits, as far as the limits allow. */
  private void connectForWaiting() {
    while (connecting < waiting.size()
        && cluster.load().addConnection(cluster.limits(), connections() == 0)) {
      connecting++;
      connector.connect(endpoint, this);
    }
  }

  @Override
  public void connected(Channel channel) {
    connecting--;
    open++;
    Http1UpstreamConnection connection =
        new Http1UpstreamConnection(this, connector.deadlines()::recent);
    channel.pipeline().addLast(connection);
    released(connection);
  }

  @Override
  public void connectFailed(Failure failure) {
    connecting--;
    cluster.load().removeConnection();
    // One connection that cannot be made fails one request; others may still get theirs.
    if (waiting.size() > connecting) {
      ResponseReceiver receiver = waiting.poll();
      if (receiver != null) {
        receiver.responseFailed(failure);
      }
    }
    connectForWaiting();
  }

  @Override
  public void released(Http1UpstreamConnection connection) {
    ResponseReceiver next = waiting.poll();
    if (next != null) {
      connection.start(next);
    } else if (draining) {
      connection.close();
    } else {
      idle.addFirst(connection);
      if (!oldest.armed()) {
        oldest.set(cluster.options().connectionIdleNanos());
      }
    }
  }

  @Override
  public void closed(Http1UpstreamConnection connection) {
    open--;
    cluster.load().removeConnection();
    idle.remove(connection);
    connectForWaiting();
  }

  private void closeOld() {
    long limit = cluster.options().connectionIdleNanos();
    long now = connector.deadlines().now();
    Http1UpstreamConnection last;
    while ((last = idle.peekLast()) != null) {
      long left = limit - (now - last.idleSince());
      if (left > 0) {
        oldest.set(left);
        return;
      }
      idle.removeLast();
      last.close();
    }
  }

  @Override
  public void drain() {
    draining = true;
    oldest.cancel();
    Http1UpstreamConnection connection;
    while ((connection = idle.pollFirst()) != null) {
      connection.close();
    }
  }

  @Override
  public int connections() {
    return open + connecting;
  }

  @Override
  public int pending() {
    return waiting.size();
  }
}
