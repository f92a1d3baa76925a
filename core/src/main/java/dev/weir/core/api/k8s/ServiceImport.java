package dev.weir.core.api.k8s;

import dev.weir.core.api.Kind;
import dev.weir.core.api.Kind.Naming;
import dev.weir.core.api.Names;
import dev.weir.core.api.ObjectType;
import dev.weir.core.api.ObjectType.Layout;
import dev.weir.core.api.schema.Default;
import dev.weir.core.api.schema.Items;
import dev.weir.core.api.schema.JsonName;
import dev.weir.core.api.schema.Length;
import dev.weir.core.api.schema.OneOf;
import dev.weir.core.api.schema.Pattern;
import dev.weir.core.api.schema.Range;
import dev.weir.core.api.schema.Unique;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A Service of all clusters that export it (KEP-1645, Multi-Cluster Services). Its endpoints are in
 * EndpointSlices with the label {@link #SERVICE_LABEL}, those of other clusters included.
 *
 * @param ips of the clusterset; empty for a headless one
 */
public record ServiceImport(
    @Default("ClusterSetIP") Type type,
    @Items(max = 2) List<String> ips,
    @Unique({"port", "protocol"}) List<Port> ports) {

  /** Label of EndpointSlices with the name of the ServiceImport. */
  public static final String SERVICE_LABEL = "multicluster.kubernetes.io/service-name";

  public static final ObjectType<ServiceImport> TYPE =
      ObjectType.of(
          Kind.namespaced("multicluster.x-k8s.io", "v1alpha1", "ServiceImport", "serviceimports")
              .named(Naming.HOST_LABEL),
          ServiceImport.class,
          Layout.PARTIAL_SPEC);

  /** How it is reached. */
  public enum Type {
    @JsonName("ClusterSetIP")
    CLUSTER_SET_IP,
    HEADLESS
  }

  /**
   * A port, the same in all clusters.
   *
   * @param name null only if it is the only port
   * @param appProtocol what is spoken there; null: not said
   */
  public record Port(
      @Nullable
          @Length(min = 1, max = 63)
          @Pattern(value = "^" + Names.LABEL + "$", means = "lower-case letters, digits and '-'")
          String name,
      @Default("TCP") @OneOf({"TCP", "UDP", "SCTP"}) String protocol,
      @Range(min = 1, max = 65535) int port,
      @Nullable String appProtocol) {}
}
