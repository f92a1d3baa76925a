package dev.weir.proxy.upstream;

import dev.weir.core.failure.Failure;
import dev.weir.proxy.http.h2.Http2UpstreamConnection;
import dev.weir.proxy.loop.Deadlines;
import dev.weir.proxy.stream.ResponseReceiver;
import io.netty.channel.Channel;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * HTTP/2 connections to one endpoint. Streams go to the first connection that has room; another
 * connection is made when none has, one at a time.
 */
final class Http2Pool implements Pool, Http2UpstreamConnection.Owner, Connector.Client {
  private final EndpointState endpoint;
  private final ClusterState cluster;
  private final Connector connector;
  private final List<Http2UpstreamConnection> open = new ArrayList<>();
  private final WaitingLine waiting;
  private final Deadlines.Deadline unused;
  private boolean connecting;
  private boolean used;
  private boolean draining;

  Http2Pool(EndpointState endpoint, Connector connector) {
    this.endpoint = endpoint;
    this.cluster = endpoint.cluster();
    this.connector = connector;
    this.waiting = new WaitingLine(cluster);
    this.unused = connector.deadlines().create(this::closeUnused);
  }

  @Override
  public @Nullable PendingStream acquire(ResponseReceiver receiver, Reuse reuse) {
    used = true;
    Http2UpstreamConnection connection = withRoom();
    if (connection != null) {
      connection.start(receiver);
      return null;
    }
    PendingStream pending = waiting.add(this, receiver);
    connectForWaiting();
    return pending;
  }

  private @Nullable Http2UpstreamConnection withRoom() {
    for (int i = 0; i < open.size(); i++) {
      Http2UpstreamConnection connection = open.get(i);
      if (connection.canOpen()) {
        return connection;
      }
    }
    return null;
  }

  @Override
  public void withdraw(PendingStream pending) {
    waiting.remove(pending);
  }

  private void connectForWaiting() {
    if (!connecting
        && waiting.size() > 0
        && cluster.load().addConnection(cluster.limits(), open.isEmpty())) {
      connecting = true;
      connector.connect(endpoint, this);
    }
  }

  private void serveWaiting() {
    Http2UpstreamConnection connection;
    while (waiting.size() > 0 && (connection = withRoom()) != null) {
      ResponseReceiver next = waiting.poll();
      if (next != null) {
        connection.start(next);
      }
    }
    connectForWaiting();
  }

  @Override
  public void connected(Channel channel) {
    connecting = false;
    Http2UpstreamConnection connection =
        Http2UpstreamConnection.create(connector.deadlines(), this);
    open.add(connection);
    channel.pipeline().addLast(connection);
    if (!unused.armed()) {
      unused.set(cluster.options().connectionIdleNanos());
    }
    serveWaiting();
    if (draining) {
      connection.drain();
    }
  }

  @Override
  public void connectFailed(Failure failure) {
    connecting = false;
    cluster.load().removeConnection();
    // They all waited for this one; those who come while they are told wait for the next.
    for (int left = waiting.size(); left > 0; left--) {
      ResponseReceiver receiver = waiting.poll();
      if (receiver != null) {
        receiver.responseFailed(failure);
      }
    }
    connectForWaiting();
  }

  @Override
  public void streamReleased(Http2UpstreamConnection connection) {
    serveWaiting();
  }

  @Override
  public void settingsChanged(Http2UpstreamConnection connection) {
    serveWaiting();
  }

  @Override
  public void closed(Http2UpstreamConnection connection) {
    open.remove(connection);
    cluster.load().removeConnection();
    connectForWaiting();
  }

  /** Closes what nobody used since the last look. */
  private void closeUnused() {
    for (Http2UpstreamConnection connection : List.copyOf(open)) {
      if (!used && connection.activeStreams() == 0) {
        connection.drain();
      }
    }
    used = false;
    if (!open.isEmpty()) {
      unused.set(cluster.options().connectionIdleNanos());
    }
  }

  @Override
  public void drain() {
    draining = true;
    unused.cancel();
    for (Http2UpstreamConnection connection : List.copyOf(open)) {
      connection.drain();
    }
  }

  @Override
  public int connections() {
    return open.size() + (connecting ? 1 : 0);
  }

  @Override
  public int pending() {
    return waiting.size();
  }
}
