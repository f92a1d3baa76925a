package dev.weir.controlplane.topology;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A listener with what is attached to it. */
public sealed interface AttachedListener {
  ListenerRef ref();

  /** The hosts it is for: by SNI, by the Host field, or by both. */
  Hostname hostname();

  /**
   * A listener for HTTP: protocol {@code HTTP} or {@code HTTPS}.
   *
   * @param tls how TLS is ended, or null for {@code HTTP}
   * @param hosts the hostnames it serves, most specific first, no two equal. Always holds the
   *     listener's own hostname, without matches if no route serves it, so that a broader listener
   *     does not answer for it. Of two listeners on one port, only the more specific one holds a
   *     hostname that both could serve: a host found in the hosts of all {@code HTTP} listeners of
   *     a port, most specific first, is with the right listener.
   * @param misdirected hostnames that belong to other HTTPS listeners of the port: a request for
   *     one of them on a connection of this listener is answered 421 (RFC 9110, section 15.5.20)
   *     unless {@code hosts} has a more specific hostname for it. Empty for {@code HTTP}.
   */
  record HttpListener(
      ListenerRef ref,
      Hostname hostname,
      @Nullable TlsTermination tls,
      List<HostRoutes> hosts,
      Set<Hostname> misdirected)
      implements AttachedListener {
    public HttpListener {
      hosts = List.copyOf(hosts);
      misdirected = Set.copyOf(misdirected);
    }
  }

  /**
   * A listener for TLS that is not HTTP: protocol {@code TLS}.
   *
   * @param tls how TLS is ended, or null if it is passed through; then TLS towards backends is
   *     their clients' business, too
   * @param hosts the server names it serves, most specific first; connections for others are
   *     closed. Listeners of one port share their server names as described at {@link HttpListener}
   */
  record TlsListener(
      ListenerRef ref, Hostname hostname, @Nullable TlsTermination tls, List<HostStreams> hosts)
      implements AttachedListener {
    public TlsListener {
      hosts = List.copyOf(hosts);
    }
  }

  /**
   * A listener for connections or datagrams of any kind: protocol {@code TCP} or {@code UDP}.
   *
   * @param rule that of the oldest route, or null if there is none: then nothing gets in
   */
  record StreamListener(ListenerRef ref, @Nullable StreamRule rule) implements AttachedListener {
    @Override
    public Hostname hostname() {
      return Hostname.ANY;
    }
  }

  /**
   * Where connections for a server name go.
   *
   * @param rule null: they are closed
   */
  record HostStreams(Hostname hostname, @Nullable StreamRule rule) {}
}
