package dev.weir.proxy.compile;

import com.google.protobuf.UInt32Value;
import dev.weir.core.filter.InvalidConfig;
import dev.weir.envoy.config.cluster.v3.CircuitBreakers.Thresholds;
import dev.weir.envoy.config.cluster.v3.Cluster;
import dev.weir.envoy.config.cluster.v3.Cluster.DnsLookupFamily;
import dev.weir.envoy.config.core.v3.RoutingPriority;
import dev.weir.envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext;
import dev.weir.envoy.extensions.upstreams.http.v3.HttpProtocolOptions;
import dev.weir.proxy.compile.EndpointCompiler.Names;
import dev.weir.proxy.plan.ClusterPlan.Balancing;
import dev.weir.proxy.plan.ClusterPlan.Limits;
import dev.weir.proxy.plan.ClusterPlan.RetryBudget;
import dev.weir.proxy.plan.ClusterPlan.UpstreamProtocol;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Compiles Cluster resources. */
final class ClusterCompiler {
  private static final String HTTP_OPTIONS =
      "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
  private static final int UNLIMITED = 0xffff_ffff; // uint32
  private static final long DEFAULT_CONNECT_TIMEOUT_NANOS = 5_000_000_000L;

  private final KnownTypes types;

  ClusterCompiler(KnownTypes types) {
    this.types = types;
  }

  ClusterSpec compile(Cluster cluster) throws InvalidConfig {
    FieldPath at = FieldPath.ROOT;
    UpstreamProtocol protocol = protocol(cluster, at.field("typed_extension_protocol_options"));
    long connectTimeout =
        cluster.hasConnectTimeout()
            ? Durations.nanos(cluster.getConnectTimeout(), at.field("connect_timeout"))
            : DEFAULT_CONNECT_TIMEOUT_NANOS;
    if (connectTimeout == 0) {
      throw at.field("connect_timeout").invalid("has to be greater than 0");
    }
    return new ClusterSpec(
        cluster.getName(),
        protocol,
        tls(cluster, protocol, at.field("transport_socket")),
        connectTimeout,
        balancing(cluster, at.field("lb_policy")),
        limits(
            cluster,
            RetryBudgetCompiler.compile(cluster.getMetadata(), at.field("metadata")),
            at.field("circuit_breakers").field("thresholds")),
        endpoints(cluster, at));
  }

  private ClusterSpec.Endpoints endpoints(Cluster cluster, FieldPath at) throws InvalidConfig {
    FieldPath inline = at.field("load_assignment");
    return switch (cluster.getType()) {
      case EDS -> {
        if (cluster.hasLoadAssignment()) {
          throw inline.invalid("has no meaning in an EDS cluster");
        }
        String service = cluster.getEdsClusterConfig().getServiceName();
        yield new ClusterSpec.Endpoints.Assigned(service.isEmpty() ? cluster.getName() : service);
      }
      case STATIC ->
          new ClusterSpec.Endpoints.Inline(
              EndpointCompiler.compile(cluster.getLoadAssignment(), Names.REFUSED, inline));
      case STRICT_DNS -> {
        if (cluster.getDnsLookupFamily() != DnsLookupFamily.AUTO) {
          throw at.field("dns_lookup_family").invalid("only AUTO is implemented");
        }
        yield new ClusterSpec.Endpoints.Inline(
            EndpointCompiler.compile(cluster.getLoadAssignment(), Names.ALLOWED, inline));
      }
      case LOGICAL_DNS, ORIGINAL_DST, UNRECOGNIZED ->
          throw at.field("type").invalid("only STATIC, STRICT_DNS and EDS are implemented");
    };
  }

  private UpstreamProtocol protocol(Cluster cluster, FieldPath at) throws InvalidConfig {
    UpstreamProtocol protocol = UpstreamProtocol.HTTP_1;
    for (var extension : cluster.getTypedExtensionProtocolOptionsMap().entrySet()) {
      FieldPath optionsAt = at.key(extension.getKey());
      if (!extension.getKey().equals(HTTP_OPTIONS)) {
        throw optionsAt.invalid("is not implemented; only " + HTTP_OPTIONS + " is");
      }
      HttpProtocolOptions options =
          types.unpack(extension.getValue(), HttpProtocolOptions.class, optionsAt);
      protocol =
          switch (options.getExplicitHttpConfig().getProtocolConfigCase()) {
            case HTTP_PROTOCOL_OPTIONS -> UpstreamProtocol.HTTP_1;
            case HTTP2_PROTOCOL_OPTIONS -> {
              if (options.getExplicitHttpConfig().getHttp2ProtocolOptions().getSerializedSize()
                  == 0) {
                yield UpstreamProtocol.HTTP_2;
              }
              throw optionsAt
                  .field("explicit_http_config")
                  .field("http2_protocol_options")
                  .invalid("settings are not implemented");
            }
            case PROTOCOLCONFIG_NOT_SET ->
                throw optionsAt
                    .field("explicit_http_config")
                    .invalid("needs http_protocol_options or http2_protocol_options");
          };
    }
    return protocol;
  }

  private TlsSpec.@Nullable Client tls(Cluster cluster, UpstreamProtocol protocol, FieldPath at)
      throws InvalidConfig {
    if (!cluster.hasTransportSocket()) {
      return null;
    }
    FieldPath config = at.field("typed_config");
    UpstreamTlsContext context =
        types.unpack(
            cluster.getTransportSocket().getTypedConfig(), UpstreamTlsContext.class, config);
    // Without ALPN an endpoint is taken at its word, whatever it speaks: HTTP/1.1, or no HTTP.
    TlsSpec.Client tls =
        TlsCompiler.client(
            context,
            switch (protocol) {
              case HTTP_1 -> List.of();
              case HTTP_2 -> List.of("h2");
            },
            config);
    boolean fits =
        switch (protocol) {
          case HTTP_1 -> tls.alpn().isEmpty() || tls.alpn().equals(List.of("http/1.1"));
          case HTTP_2 -> tls.alpn().equals(List.of("h2"));
        };
    if (!fits) {
      throw config
          .field("common_tls_context")
          .field("alpn_protocols")
          .invalid(
              switch (protocol) {
                case HTTP_1 -> "has to be http/1.1 alone or empty: the cluster speaks HTTP/1.1";
                case HTTP_2 -> "has to be h2 alone, which the cluster speaks";
              });
    }
    return tls;
  }

  private static Balancing balancing(Cluster cluster, FieldPath at) throws InvalidConfig {
    return switch (cluster.getLbPolicy()) {
      case ROUND_ROBIN -> Balancing.ROUND_ROBIN;
      case LEAST_REQUEST -> Balancing.LEAST_REQUEST;
      case RING_HASH,
          RANDOM,
          MAGLEV,
          CLUSTER_PROVIDED,
          LOAD_BALANCING_POLICY_CONFIG,
          UNRECOGNIZED ->
          throw at.invalid("only ROUND_ROBIN and LEAST_REQUEST are implemented");
    };
  }

  private static Limits limits(Cluster cluster, @Nullable RetryBudget retries, FieldPath at)
      throws InvalidConfig {
    Limits defaults = Limits.DEFAULTS;
    Limits limits =
        new Limits(
            defaults.connections(), defaults.pendingRequests(), defaults.requests(), retries);
    for (int i = 0; i < cluster.getCircuitBreakers().getThresholdsCount(); i++) {
      Thresholds thresholds = cluster.getCircuitBreakers().getThresholds(i);
      if (i > 0 || thresholds.getPriority() != RoutingPriority.DEFAULT) {
        throw at.at(i).invalid("only one of priority DEFAULT is implemented");
      }
      FieldPath own = at.at(i);
      if (thresholds.hasMaxRetries() && thresholds.getMaxRetries().getValue() != UNLIMITED) {
        throw own.field("max_retries").invalid("only 4294967295, no limit, is implemented");
      }
      if (thresholds.hasRetryBudget() && retries == null) {
        throw own.field("retry_budget")
            .invalid("needs " + RetryBudgetCompiler.NAME + " in the metadata, which counts");
      }
      limits =
          new Limits(
              thresholds.hasMaxConnections()
                  ? limit(thresholds.getMaxConnections(), own.field("max_connections"))
                  : limits.connections(),
              thresholds.hasMaxPendingRequests()
                  ? limit(thresholds.getMaxPendingRequests(), own.field("max_pending_requests"))
                  : limits.pendingRequests(),
              thresholds.hasMaxRequests()
                  ? limit(thresholds.getMaxRequests(), own.field("max_requests"))
                  : limits.requests(),
              retries);
    }
    return limits;
  }

  private static int limit(UInt32Value value, FieldPath at) throws InvalidConfig {
    if (value.getValue() == 0) {
      throw at.invalid("has to be at least 1");
    }
    // Numbers that no process reaches stand for "no limit".
    return Math.max(value.getValue(), 0);
  }
}
