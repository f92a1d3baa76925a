package dev.weir.core.api.k8s;

import dev.weir.core.api.Kind;
import dev.weir.core.api.ObjectType;
import dev.weir.core.api.ObjectType.Layout;
import dev.weir.core.api.schema.Default;
import dev.weir.core.api.schema.Items;
import dev.weir.core.api.schema.JsonName;
import dev.weir.core.api.schema.OneOf;
import dev.weir.core.api.schema.Range;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Endpoints of a Service, which the label {@link #SERVICE_LABEL} names. */
public record EndpointSlice(
    AddressType addressType, @Items(max = 1000) List<Endpoint> endpoints, List<Port> ports) {

  /** Label with the name of the Service. */
  public static final String SERVICE_LABEL = "kubernetes.io/service-name";

  public static final ObjectType<EndpointSlice> TYPE =
      ObjectType.of(
          Kind.namespaced("discovery.k8s.io", "v1", "EndpointSlice", "endpointslices"),
          EndpointSlice.class,
          Layout.PARTIAL_TOP);

  /** What the addresses are. */
  public enum AddressType {
    @JsonName("IPv4")
    IPV4,
    @JsonName("IPv6")
    IPV6,
    @JsonName("FQDN")
    FQDN
  }

  /**
   * An endpoint.
   *
   * @param addresses alternatives; consumers use the first
   * @param zone null: not known
   * @param targetRef what runs there, mostly a Pod; null: not said
   * @param hints which consumers it is meant for; null: all
   * @param deprecatedTopology only in objects that are copies of a v1beta1 one
   */
  public record Endpoint(
      @Items(min = 1, max = 100) List<String> addresses,
      @Default("{}") Conditions conditions,
      @Nullable String hostname,
      @Nullable String nodeName,
      @Nullable String zone,
      @Nullable TargetRef targetRef,
      @Nullable Hints hints,
      Map<String, String> deprecatedTopology) {}

  /** The object behind an endpoint. */
  public record TargetRef(
      @Nullable String apiVersion,
      @Nullable String kind,
      @Nullable String namespace,
      @Nullable String name,
      @Nullable String uid,
      @Nullable String resourceVersion,
      @Nullable String fieldPath) {}

  /** Zones and nodes whose consumers should prefer an endpoint. */
  public record Hints(List<Hint> forZones, List<Hint> forNodes) {}

  /** A zone or node by name. */
  public record Hint(String name) {}

  /**
   * State of an endpoint; null: not known, which counts as ready.
   *
   * @param serving ready or still answering while it terminates
   */
  public record Conditions(
      @Nullable Boolean ready, @Nullable Boolean serving, @Nullable Boolean terminating) {}

  /**
   * A port of all endpoints of the slice.
   *
   * @param name that of the Service's port; empty if it has none
   * @param port null: all ports
   */
  public record Port(
      @Default("") String name,
      @Default("TCP") @OneOf({"TCP", "UDP", "SCTP"}) String protocol,
      @Nullable @Range(min = 0, max = 65535) Integer port,
      @Nullable String appProtocol) {}
}
