package dev.weir.core.api.k8s;

import dev.weir.core.api.Kind;
import dev.weir.core.api.ObjectType;
import dev.weir.core.api.ObjectType.Layout;
import dev.weir.core.api.schema.Default;
import dev.weir.core.api.schema.JsonName;
import dev.weir.core.api.schema.OneOf;
import dev.weir.core.api.schema.Range;
import dev.weir.core.api.schema.Unique;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A Service.
 *
 * @param clusterIP {@code None} for a headless one; null: not assigned
 * @param selector of pods; empty: the endpoints are kept by someone else
 * @param externalName the host that an {@code ExternalName} Service stands for
 */
public record Service(
    @Default("ClusterIP") Type type,
    @Nullable String clusterIP,
    List<String> clusterIPs,
    @Unique({"port", "protocol"}) List<Port> ports,
    Map<String, String> selector,
    @Nullable String externalName) {

  public static final ObjectType<Service> TYPE =
      ObjectType.of(
          Kind.namespaced("", "v1", "Service", "services"), Service.class, Layout.PARTIAL_SPEC);

  /** How the Service is reached. */
  public enum Type {
    @JsonName("ClusterIP")
    CLUSTER_IP,
    NODE_PORT,
    LOAD_BALANCER,
    EXTERNAL_NAME
  }

  /**
   * A port of a Service.
   *
   * @param name null only if it is the only port
   * @param targetPort port of the pods; null: the same number
   * @param appProtocol what is spoken there, e.g. {@code kubernetes.io/h2c}; null: not said
   */
  public record Port(
      @Nullable String name,
      @Default("TCP") @OneOf({"TCP", "UDP", "SCTP"}) String protocol,
      @Range(min = 1, max = 65535) int port,
      @Nullable IntOrString targetPort,
      @Nullable @Range(min = 0, max = 65535) Integer nodePort,
      @Nullable String appProtocol) {}
}
