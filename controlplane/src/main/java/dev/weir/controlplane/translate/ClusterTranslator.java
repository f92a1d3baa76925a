package dev.weir.controlplane.translate;

import com.google.protobuf.UInt32Value;
import dev.weir.controlplane.topology.BackendTls;
import dev.weir.controlplane.topology.BackendTraffic;
import dev.weir.controlplane.topology.GatewayTopology;
import dev.weir.controlplane.topology.ResolvedBackend;
import dev.weir.controlplane.topology.ResolvedBackend.AppProtocol;
import dev.weir.controlplane.topology.ResolvedBackend.ServicePort;
import dev.weir.core.api.weir.Backend;
import dev.weir.core.xds.Packing;
import dev.weir.core.xds.XdsSnapshot.Resource;
import io.envoyproxy.envoy.config.cluster.v3.CircuitBreakers;
import io.envoyproxy.envoy.config.cluster.v3.CircuitBreakers.Thresholds;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.cluster.v3.Cluster.DiscoveryType;
import io.envoyproxy.envoy.config.cluster.v3.Cluster.EdsClusterConfig;
import io.envoyproxy.envoy.config.cluster.v3.Cluster.LbPolicy;
import io.envoyproxy.envoy.config.core.v3.Http2ProtocolOptions;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions;
import io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions.ExplicitHttpConfig;
import java.util.Map;
import java.util.TreeMap;
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
  private final UpstreamTlsTranslator tls;
  private final Map<String, Resource<Cluster>> clusters = new TreeMap<>();
  private final Map<String, Resource<ClusterLoadAssignment>> assignments = new TreeMap<>();
  private final Map<String, ServicePort> services = new TreeMap<>();

  ClusterTranslator(GatewayTopology gateway, SecretTranslator secrets) {
    this.gateway = gateway;
    this.tls = new UpstreamTlsTranslator(secrets);
  }

  /** All clusters that were named. */
  Map<String, Resource<Cluster>> clusters() {
    return clusters;
  }

  /** The assignments of those that are Backends. */
  Map<String, Resource<ClusterLoadAssignment>> assignments() {
    return assignments;
  }

  /** The Service ports whose endpoints the others need, by name of the assignment. */
  Map<String, ServicePort> services() {
    return services;
  }

  @Override
  public String of(ResolvedBackend backend) {
    return switch (backend) {
      case ResolvedBackend.Invalid invalid -> INVALID;
      case ResolvedBackend.Service service -> service(service);
      case ResolvedBackend.Static own -> own(own);
    };
  }

  /**
   * Makes a cluster part of the snapshot whose name is known.
   *
   * @param name that {@link #of} gave the backend in another run, for a Gateway that shows backends
   *     a certificate if this one does
   */
  void again(String name, ResolvedBackend backend) {
    if (!clusters.containsKey(name)) {
      of(backend);
    }
  }

  private String service(ResolvedBackend.Service service) {
    String assignment = service.port().toString();
    // The names of UDP ports say so already.
    String protocol =
        switch (service.port().transport()) {
          case TCP -> protocol(service.protocol(), service.tls());
          case UDP -> "";
        };
    String name = assignment + protocol + identity(service.tls());
    if (!clusters.containsKey(name)) {
      services.put(assignment, service.port());
      Cluster.Builder cluster = eds(name, assignment);
      limit(new Backend.Limits(null, null, null), cluster);
      bear(service.protocol(), service.traffic(), cluster);
      speak(service.protocol(), service.tls(), cluster);
      add(cluster.build());
    }
    return name;
  }

  private String own(ResolvedBackend.Static own) {
    String assignment = own.backend().ref().toString();
    // What is not HTTP goes another way to the same servers than what their protocol says.
    String name =
        assignment
            + (own.protocol() == AppProtocol.OPAQUE ? protocol(own.protocol(), own.tls()) : "")
            + identity(own.tls());
    if (!clusters.containsKey(name)) {
      Backend spec = own.backend().spec();
      Cluster.Builder cluster;
      if (BackendEndpoints.needDns(spec)) {
        cluster = dns(name, spec);
      } else {
        cluster = eds(name, assignment);
        assignments.computeIfAbsent(
            assignment, key -> Messages.resource(key, BackendEndpoints.translate(key, spec)));
      }
      cluster.setConnectTimeout(Messages.duration(spec.connectTimeout()));
      cluster.setLbPolicy(
          switch (spec.loadBalancing()) {
            case ROUND_ROBIN -> LbPolicy.ROUND_ROBIN;
            case LEAST_REQUEST -> LbPolicy.LEAST_REQUEST;
          });
      limit(spec.limits(), cluster);
      bear(own.protocol(), own.traffic(), cluster);
      speak(own.protocol(), own.tls(), cluster);
      add(cluster.build());
    }
    return name;
  }

  private void add(Cluster cluster) {
    clusters.put(cluster.getName(), Messages.resource(cluster.getName(), cluster));
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

  private void speak(
      AppProtocol protocol, @Nullable BackendTls backendTls, Cluster.Builder cluster) {
    if (protocol == AppProtocol.HTTP2) {
      cluster.putTypedExtensionProtocolOptions(HTTP_OPTIONS, Packing.packed(HTTP2));
    }
    if (backendTls != null) {
      cluster.setTransportSocket(tls.translate(backendTls, protocol, gateway.clientCertificate()));
    }
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
