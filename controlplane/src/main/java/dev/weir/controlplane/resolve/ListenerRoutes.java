package dev.weir.controlplane.resolve;

import dev.weir.controlplane.topology.AttachedListener;
import dev.weir.controlplane.topology.AttachedListener.HttpListener;
import dev.weir.controlplane.topology.AttachedListener.StreamListener;
import dev.weir.controlplane.topology.AttachedListener.TlsListener;
import dev.weir.controlplane.topology.Hostname;
import dev.weir.core.problem.ObjectRef;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The routes at a listener, as they come and go, and what it does for them. */
final class ListenerRoutes {
  private final ListenerState listener;
  private final SortedMap<Route, Attachment> attached = new TreeMap<>(Route.OLDEST_FIRST);
  private int usable;

  /** For HTTP, once {@link #served} was asked. */
  private @Nullable HostTable hosts;

  /** The last answer, until routes come or go. */
  private @Nullable AttachedListener served;

  ListenerRoutes(ListenerState listener) {
    this.listener = listener;
  }

  void add(Attachment attachment) {
    attached.put(attachment.route(), attachment);
    usable += attachment.route().content().usable() ? 1 : 0;
    served = null;
    if (hosts != null) {
      hosts.add(attachment);
    }
  }

  void remove(Attachment attachment) {
    attached.remove(attachment.route());
    usable -= attachment.route().content().usable() ? 1 : 0;
    served = null;
    if (hosts != null) {
      hosts.remove(attachment);
    }
  }

  /** The Gateway on whose addresses the listener is. */
  ObjectRef gateway() {
    return listener.owner().gateway();
  }

  /** How many accepted routes there are. */
  int count() {
    return usable;
  }

  /**
   * What the proxy is to do. Routes of which no rule can be used take part: what they match is
   * answered 500, it does not fall to broader rules.
   *
   * @param samePort all listeners of the port; the same ones each time
   */
  AttachedListener served(List<ListenerState> samePort) {
    if (served == null) {
      Collection<Attachment> routes = attached.values();
      served =
          switch (Objects.requireNonNull(listener.protocol())) {
            case HTTP, HTTPS -> http(samePort);
            case TLS -> tls(samePort, routes);
            case TCP, UDP -> new StreamListener(listener.ref(), StreamTable.all(routes));
          };
    }
    return served;
  }

  private HttpListener http(List<ListenerState> samePort) {
    Neighbours neighbours =
        Neighbours.of(listener, samePort, other -> other.protocol() == listener.protocol());
    Set<Hostname> misdirected = Set.of();
    if (listener.tls() != null) {
      // What is vacant is misdirected as well.
      neighbours = new Neighbours(neighbours.own(), neighbours.others(), Set.of());
      misdirected = neighbours.others();
    }
    if (hosts == null) {
      hosts = new HostTable(neighbours);
      attached.values().forEach(hosts::add);
    }
    return new HttpListener(
        listener.ref(), listener.hostname(), listener.tls(), hosts.hosts(), misdirected);
  }

  private TlsListener tls(List<ListenerState> samePort, Collection<Attachment> routes) {
    // HTTPS listeners of the port are chosen by server name, too.
    Neighbours neighbours =
        Neighbours.of(
            listener,
            samePort,
            other ->
                other.protocol() != null
                    && other.protocol().sorting() == Protocol.Sorting.SERVER_NAME);
    return new TlsListener(
        listener.ref(), listener.hostname(), listener.tls(), StreamTable.of(neighbours, routes));
  }
}
