package dev.weir.controlplane.translate;

import com.google.protobuf.UInt32Value;
import dev.weir.controlplane.topology.BackendTls;
import dev.weir.controlplane.topology.BackendTraffic;
import dev.weir.controlplane.topology.GatewayTopology;
import dev.weir.controlplane.topology.ResolvedBackend;
import dev.weir.controlplane.topology.ResolvedBackend.AppProtocol;
import dev.weir.controlplane.translate.KnownClusters.Endpoints;
import dev.weir.controlplane.translate.KnownClusters.Written;
import dev.weir.core.api.weir.Backend;
import dev.weir.core.xds.Packing;
import dev.weir.envoy.config.cluster.v3.CircuitBreakers;
import dev.weir.envoy.config.cluster.v3.CircuitBreakers.Thresholds;
import dev.weir.envoy.config.cluster.v3.Cluster;
import dev.weir.envoy.config.cluster.v3.Cluster.DiscoveryType;
import dev.weir.envoy.config.cluster.v3.Cluster.EdsClusterConfig;
import dev.weir.envoy.config.cluster.v3.Cluster.LbPolicy;
import dev.weir.envoy.config.core.v3.Http2ProtocolOptions;
import dev.weir.envoy.extensions.upstreams.http.v3.HttpProtocolOptions;
import dev.weir.envoy.extensions.upstreams.http.v3.HttpProtocolOptions.ExplicitHttpConfig;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes the backends of one Gateway, which may show them a certificate, as Clusters, each once,
 * and names them.
 */
final class ClusterTranslator implements ClusterNames {
  private static final int UNLIMITED = 0xffff_ffff; // uint32

  private static final String HTTP_OPTIONS =
      "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
  private static final HttpProtocolOptions HTTP2 =
      HttpProtocolOptions.newBuilder()
          .setExplicitHttpConfig(
              ExplicitHttpConfig.newBuilder()
                  .setHttp2ProtocolOptions(Http2ProtocolOptions.getDefaultInstance()))
          .build();

  private final GatewayTopology gateway;
  private final SecretTranslator secrets;
  private final Map<String, Written> before;
  private final Map<String, Written> clusters = new HashMap<>();

  /**
   * A translator.
   *
   * @param before the clusters of the same Gateway, with the same certificate, in another run
   */
  ClusterTranslator(
      GatewayTopology gateway, SecretTranslator secrets, Map<String, Written> before) {
    this.gateway = gateway;
    this.secrets = secrets;
    this.before = before;
  }

  /** All clusters that were named, by name. */
  Map<String, Written> clusters() {
    return clusters;
  }

  @Override
  public String of(ResolvedBackend backend) {
    if (needsMissingPolicy(backend)) {
      return INVALID;
    }
    String name =
        switch (backend) {
          case ResolvedBackend.Invalid invalid -> INVALID;
          case ResolvedBackend.Service service -> name(service);
          case ResolvedBackend.Static own -> name(own);
        };
    again(name, backend);
    Written written = clusters.get(name);
    // Each route that leads there holds on to the name, so it is one string for all.
    return written == null ? name : written.cluster().name();
  }

  /**
   * Makes a cluster part of the snapshot whose name is known.
   *
   * @param name that {@link #of} gave the backend in another run, for a Gateway that shows backends
   *     a certificate if this one does
   */
  void again(String name, ResolvedBackend backend) {
    if (clusters.containsKey(name)) {
      return;
    }
    Written known = before.get(name);
    if (known != null && known.backend().equals(backend)) {
      clusters.put(name, known);
      if (!known.secrets().isEmpty()) {
        secrets.addAll(known.secrets());
      }
      return;
    }
    switch (backend) {
      case ResolvedBackend.Invalid invalid -> {}
      case ResolvedBackend.Service service -> write(name, service);
      case ResolvedBackend.Static own -> write(name, own);
    }
  }

  /** Whether the TLS that a policy asks for, which does not count here, is all that there is. */
  private boolean needsMissingPolicy(ResolvedBackend backend) {
    return backend instanceof ResolvedBackend.Service service
        && service.tls() != null
        && gateway.beyond().tls().contains(service.port().service());
  }

  // The names of UDP ports say so already.
  private String name(ResolvedBackend.Service service) {
    String protocol =
        switch (service.port().transport()) {
          case TCP -> protocol(service.protocol(), service.tls());
          case UDP -> "";
        };
    return service.port() + protocol + identity(service.tls());
  }

  // What is not HTTP goes another way to the same servers than what their protocol says.
  private String name(ResolvedBackend.Static own) {
    return own.backend().ref()
        + (own.protocol() == AppProtocol.OPAQUE ? protocol(own.protocol(), own.tls()) : "")
        + identity(own.tls());
  }

  private void write(String name, ResolvedBackend.Service service) {
    String assignment = service.port().toString();
    Cluster.Builder cluster = eds(name, assignment);
    limit(new Backend.Limits(null, null, null), cluster);
    bear(service.protocol(), traffic(service), cluster);
    add(
        service,
        service.protocol(),
        service.tls(),
        cluster,
        new Endpoints.Ports(assignment, service.port()));
  }

  private void write(String name, ResolvedBackend.Static own) {
    String assignment = own.backend().ref().toString();
    Backend spec = own.backend().spec();
    boolean dns = BackendEndpoints.needDns(spec);
    Cluster.Builder cluster = dns ? dns(name, spec) : eds(name, assignment);
    cluster.setConnectTimeout(Messages.duration(spec.connectTimeout()));
    cluster.setLbPolicy(
        switch (spec.loadBalancing()) {
          case ROUND_ROBIN -> LbPolicy.ROUND_ROBIN;
          case LEAST_REQUEST -> LbPolicy.LEAST_REQUEST;
        });
    limit(spec.limits(), cluster);
    bear(own.protocol(), traffic(own), cluster);
    add(
        own,
        own.protocol(),
        own.tls(),
        cluster,
        dns
            ? new Endpoints.Inline()
            : new Endpoints.Fixed(
                Messages.resource(assignment, BackendEndpoints.translate(assignment, spec))));
  }

  private void add(
      ResolvedBackend backend,
      AppProtocol protocol,
      @Nullable BackendTls tls,
      Cluster.Builder cluster,
      Endpoints endpoints) {
    SecretTranslator own = new SecretTranslator();
    if (protocol == AppProtocol.HTTP2) {
      cluster.putTypedExtensionProtocolOptions(HTTP_OPTIONS, Packing.packed(HTTP2));
    }
    if (tls != null) {
      cluster.setTransportSocket(
          new UpstreamTlsTranslator(own).translate(tls, protocol, gateway.clientCertificate()));
    }
    String name = cluster.getName();
    clusters.put(
        name,
        new Written(backend, Messages.resource(name, cluster.build()), endpoints, own.secrets()));
    secrets.addAll(own.secrets());
  }

  /** One Service port may be spoken to in several ways, by routes of several kinds. */
  private static String protocol(AppProtocol protocol, @Nullable BackendTls tls) {
    return switch (protocol) {
      case HTTP1 -> tls == null ? "" : "/https";
      case HTTP2 -> tls == null ? "/h2c" : "/h2";
      case OPAQUE -> tls == null ? "/tcp" : "/tls";
    };
  }

  private String identity(@Nullable BackendTls tls) {
    return tls == null || gateway.clientCertificate() == null ? "" : "/as/" + gateway.gateway();
  }

  private static Cluster.Builder eds(String name, String assignment) {
    EdsClusterConfig.Builder eds = EdsClusterConfig.newBuilder().setEdsConfig(Messages.ADS);
    if (!assignment.equals(name)) {
      eds.setServiceName(assignment);
    }
    return Cluster.newBuilder().setName(name).setType(DiscoveryType.EDS).setEdsClusterConfig(eds);
  }

  @SuppressWarnings("deprecation") // the successor of respect_dns_ttl is another type of cluster
  private static Cluster.Builder dns(String name, Backend spec) {
    return Cluster.newBuilder()
        .setName(name)
        .setType(DiscoveryType.STRICT_DNS)
        .setRespectDnsTtl(true)
        .setLoadAssignment(BackendEndpoints.translate(name, spec));
  }

  /** Always set: Envoy's defaults are lower than Weir's. */
  private static void limit(Backend.Limits limits, Cluster.Builder cluster) {
    cluster.setCircuitBreakers(
        CircuitBreakers.newBuilder()
            .addThresholds(
                Thresholds.newBuilder()
                    .setMaxConnections(uint32(limits.maxConnections(), UNLIMITED))
                    .setMaxPendingRequests(uint32(limits.maxPendingRequests(), 1024))
                    .setMaxRequests(uint32(limits.maxRequests(), UNLIMITED))
                    .setMaxRetries(UInt32Value.of(UNLIMITED))));
  }

  private @Nullable BackendTraffic traffic(ResolvedBackend backend) {
    return gateway.beyond().traffic().contains(backend.object()) ? null : backend.policy();
  }

  /** Only HTTP is tried again. */
  private static void bear(
      AppProtocol protocol, @Nullable BackendTraffic traffic, Cluster.Builder cluster) {
    if (traffic != null && traffic.retries() != null && protocol != AppProtocol.OPAQUE) {
      RetryBudgetTranslator.translate(traffic.retries(), cluster);
    }
  }

  private static UInt32Value uint32(@Nullable Integer value, int otherwise) {
    return UInt32Value.of(value == null ? otherwise : value);
  }
}
