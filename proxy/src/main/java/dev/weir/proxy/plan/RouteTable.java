package dev.weir.proxy.plan;

import dev.weir.core.http.RequestHead;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The routes of one route configuration: a table of hosts, and for each virtual host a tree of
 * paths. The answer is Envoy's: the most specific virtual host, in it the first route of the list
 * that matches; other virtual hosts do not stand in for it. Immutable.
 */
public final class RouteTable implements Router {
  /** Whether the port of the authority takes part in the choice of the virtual host. */
  public enum Ports {
    IGNORED,
    MATCHED
  }

  /** A virtual host: the part of a table that stays when others change. Immutable. */
  public static final class Host {
    private final List<HostTable.Domain<PathIndex>> domains;

    /**
     * A virtual host.
     *
     * @param domains {@code example.com}, {@code *.example.com} or {@code *}, in any case
     * @param routes in order of precedence
     */
    public Host(List<String> domains, List<Entry> routes) {
      PathIndex paths = new PathIndex(routes);
      this.domains = new ArrayList<>(domains.size());
      for (String domain : domains) {
        this.domains.add(new HostTable.Domain<>(domain.toLowerCase(Locale.ROOT), paths));
      }
    }
  }

  /**
   * A route and what it asks of requests.
   *
   * @param conditions all have to be met; the cheap ones first
   */
  public record Entry(PathMatch path, List<Condition> conditions, RoutePlan plan) {
    public Entry {
      conditions = List.copyOf(conditions);
    }
  }

  private final HostTable<PathIndex> hosts;
  private final Ports ports;

  /**
   * A table.
   *
   * @throws IllegalArgumentException if a domain stands in two places; its message is the domain
   */
  public RouteTable(List<Host> hosts, Ports ports) {
    List<HostTable.Domain<PathIndex>> domains = new ArrayList<>(hosts.size());
    for (Host host : hosts) {
      domains.addAll(host.domains);
    }
    this.hosts = new HostTable<>(domains);
    this.ports = ports;
  }

  @Override
  public @Nullable RoutePlan route(RequestHead request) {
    byte[] bytes = request.bytes();
    int start = request.authorityStart();
    int end = request.authorityEnd();
    if (ports == Ports.IGNORED) {
      end = withoutPort(bytes, start, end);
    }
    // "example.com." is the same host, written as absolute domain name.
    if (end - start > 1 && bytes[end - 1] == '.') {
      end--;
    }
    PathIndex paths = hosts.find(bytes, start, end);
    return paths == null ? null : paths.find(request);
  }

  /** End of the host: the last colon if only digits follow it, else {@code end}. */
  private static int withoutPort(byte[] bytes, int start, int end) {
    int at = end;
    while (at > start && bytes[at - 1] >= '0' && bytes[at - 1] <= '9') {
      at--;
    }
    // An IPv6 address without port ends with a bracket, so that none of its colons gets here.
    return at > start && bytes[at - 1] == ':' ? at - 1 : end;
  }
}
