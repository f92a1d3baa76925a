package dev.weir.core.api.weir;

import dev.weir.core.api.IpLiteral;
import dev.weir.core.api.Kind;
import dev.weir.core.api.ObjectType;
import dev.weir.core.api.ObjectType.Layout;
import dev.weir.core.api.gateway.BackendTlsPolicy;
import dev.weir.core.api.gateway.Format.Port;
import dev.weir.core.api.gateway.Format.PreciseHostname;
import dev.weir.core.api.schema.Cel;
import dev.weir.core.api.schema.Checked;
import dev.weir.core.api.schema.Default;
import dev.weir.core.api.schema.Items;
import dev.weir.core.api.schema.JsonName;
import dev.weir.core.api.schema.Length;
import dev.weir.core.api.schema.Pattern;
import dev.weir.core.api.schema.Range;
import dev.weir.core.api.schema.Violations;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Servers outside Kubernetes that answer requests: by address, DNS name or unix socket. A route
 * names it as {@code backendRefs: [{group: weir.dev, kind: Backend, name: ...}]}.
 *
 * @param protocol what the servers speak
 * @param tls what the servers must prove; null: no TLS
 * @param connectTimeout for one connection, TLS handshake included
 * @param limits what the servers bear
 * @param groups servers by place and priority
 */
@Cel(
    value = "duration(self.connectTimeout) > duration('0s')",
    message = "connectTimeout must be longer than 0s")
@Cel(
    value =
        "self.groups.all(g, g.priority == 0 || self.groups.exists(h, h.priority == g.priority - 1))",
    message = "priorities of groups have no gaps")
@Cel(
    value =
        "self.groups.all(g, self.groups.exists_one(h, h.priority == g.priority && h.locality =="
            + " g.locality))",
    message = "groups differ in locality or priority: merge those that do not")
@Cel(
    value =
        "!(self.groups.exists(g, g.endpoints.exists(e, has(e.hostname)))"
            + " && self.groups.exists(g, g.endpoints.exists(e, has(e.unix))))",
    message = "hostname and unix cannot be mixed in one Backend: make two and weight them")
public record Backend(
    @Default("HTTP1") Protocol protocol,
    BackendTlsPolicy.@Nullable Validation tls,
    @Default("RoundRobin") LoadBalancing loadBalancing,
    @Default("5s") Duration connectTimeout,
    @Default("{}") Limits limits,
    @Items(min = 1, max = 64) List<Group> groups)
    implements Checked {

  /** The API group of Weir's own kinds. */
  public static final String GROUP = "weir.dev";

  public static final ObjectType<Backend> TYPE =
      ObjectType.of(
          Kind.namespaced(GROUP, "v1alpha1", "Backend", "backends"), Backend.class, Layout.SPEC);

  /** The HTTP version towards the servers. */
  public enum Protocol {
    @JsonName("HTTP1")
    HTTP1,
    /** With TLS by ALPN, without TLS with prior knowledge (h2c). */
    @JsonName("HTTP2")
    HTTP2
  }

  /** How a server is chosen. */
  public enum LoadBalancing {
    /** In turn, by weight. */
    ROUND_ROBIN,
    /** The one of two at random that has fewer requests to answer. */
    LEAST_REQUEST
  }

  /**
   * Limits for all servers together, per proxy; null: that of docs/limits.md. What exceeds them is
   * answered 503.
   *
   * @param maxConnections open at the same time
   * @param maxPendingRequests waiting for a connection
   * @param maxRequests sent and not yet answered
   */
  public record Limits(
      @Nullable @Range(min = 1) Integer maxConnections,
      @Nullable @Range(min = 1) Integer maxPendingRequests,
      @Nullable @Range(min = 1) Integer maxRequests) {}

  /**
   * Servers at one place.
   *
   * @param priority 0 is used first; the next only as far as servers of the one before are unwell.
   *     Without gaps over all groups
   * @param weight share of this group among those of the same priority
   */
  public record Group(
      @Default("{}") Locality locality,
      @Default("0") @Range(min = 0, max = 127) int priority,
      @Default("1") @Range(min = 1, max = 1_000_000) int weight,
      @Items(min = 1, max = 1000) List<Endpoint> endpoints) {}

  /** A place; empty parts are not known. */
  public record Locality(
      @Default("") @Length(max = 253) String region,
      @Default("") @Length(max = 253) String zone,
      @Default("") @Length(max = 253) String subZone) {}

  /**
   * A server: exactly one of {@code ip}, {@code hostname} and {@code unix}.
   *
   * @param port for {@code ip} and {@code hostname}
   * @param unix absolute path of a socket
   * @param weight share of this server within its group
   */
  @Cel(
      value =
          "(has(self.ip) ? 1 : 0) + (has(self.hostname) ? 1 : 0) + (has(self.unix) ? 1 : 0) == 1",
      message = "set exactly one of ip, hostname and unix")
  @Cel(
      value = "!has(self.ip) || isIP(self.ip)",
      message = "ip is not an IPv4 or IPv6 address; for a name use hostname")
  @Cel(
      value = "!has(self.hostname) || !isIP(self.hostname)",
      message = "hostname is an address: use ip")
  @Cel(
      value = "has(self.port) != has(self.unix)",
      message = "port is required with ip and hostname, and not possible with unix")
  public record Endpoint(
      @Nullable @Length(max = 45) String ip,
      @Nullable @PreciseHostname String hostname,
      @Nullable @Port Integer port,
      @Nullable @Length(max = 107) @Pattern(value = "^/", means = "an absolute path") String unix,
      @Default("1") @Range(min = 1, max = 1_000_000) int weight)
      implements Checked {

    /** Where the server is. */
    public Address address() {
      if (unix != null) {
        return new Address.Unix(unix);
      }
      int number = port == null ? 0 : port;
      return hostname != null
          ? new Address.Dns(hostname, number)
          : new Address.Ip(Objects.requireNonNull(ip), number);
    }

    @Override
    public void check(Violations violations) {
      int given = (ip == null ? 0 : 1) + (hostname == null ? 0 : 1) + (unix == null ? 0 : 1);
      if (given != 1) {
        violations.add("", "set exactly one of ip, hostname and unix");
        return;
      }
      if (ip != null && !IpLiteral.isAddress(ip)) {
        violations.add("ip", "not an IPv4 or IPv6 address; for a name use hostname");
      }
      if (ip != null && IpLiteral.isMappedV4(ip)) {
        violations.add("ip", "an IPv4 address in the form of IPv6: write it in four decimal parts");
      }
      if (hostname != null && IpLiteral.isAddress(hostname)) {
        violations.add("hostname", "an address: use ip");
      }
      if (unix == null && port == null) {
        violations.add("port", "required with ip and hostname");
      } else if (unix != null && port != null) {
        violations.add("port", "not possible with unix: remove it");
      }
    }
  }

  /** Where a server is. */
  public sealed interface Address {
    /** An IPv4 or IPv6 address. */
    record Ip(String ip, int port) implements Address {}

    /** A name, resolved again when its TTL is over. */
    record Dns(String hostname, int port) implements Address {}

    /** A stream socket of this machine. */
    record Unix(String path) implements Address {}
  }

  @Override
  public void check(Violations violations) {
    if (connectTimeout.isZero()) {
      violations.add("connectTimeout", "must be longer than 0s");
    }
    checkGroups(violations);
    List<Endpoint> endpoints = groups.stream().flatMap(group -> group.endpoints.stream()).toList();
    if (endpoints.stream().anyMatch(endpoint -> endpoint.hostname != null)
        && endpoints.stream().anyMatch(endpoint -> endpoint.unix != null)) {
      violations.add(
          "groups", "hostname and unix cannot be mixed in one Backend: make two and weight them");
    }
  }

  private void checkGroups(Violations violations) {
    for (int i = 0; i < groups.size(); i++) {
      Group group = groups.get(i);
      int before = group.priority - 1;
      if (before >= 0 && groups.stream().noneMatch(other -> other.priority == before)) {
        violations.add(
            "groups[" + i + "].priority", "no group has priority " + before + ": leave no gaps");
      }
      for (Group earlier : groups.subList(0, i)) {
        if (group.priority == earlier.priority && group.locality.equals(earlier.locality)) {
          violations.add("groups[" + i + "]", "same locality and priority as another: merge them");
          break;
        }
      }
    }
  }
}
