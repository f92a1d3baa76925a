package dev.weir.core.api.k8s;

import dev.weir.core.api.IpLiteral;
import dev.weir.core.api.Kind;
import dev.weir.core.api.Names;
import dev.weir.core.api.ObjectType;
import dev.weir.core.api.ObjectType.Layout;
import dev.weir.core.api.schema.Checked;
import dev.weir.core.api.schema.Default;
import dev.weir.core.api.schema.Items;
import dev.weir.core.api.schema.JsonName;
import dev.weir.core.api.schema.JsonNames;
import dev.weir.core.api.schema.Length;
import dev.weir.core.api.schema.OneOf;
import dev.weir.core.api.schema.Pattern;
import dev.weir.core.api.schema.Range;
import dev.weir.core.api.schema.Unique;
import dev.weir.core.api.schema.Violations;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Endpoints of a Service, which the label {@link #SERVICE_LABEL} names. */
public record EndpointSlice(
    AddressType addressType,
    @Items(max = 1000) List<Endpoint> endpoints,
    @Items(max = 20_000) @Unique("name") List<Port> ports)
    implements Checked {

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
      @Nullable
          @Length(min = 1, max = 63)
          @Pattern(value = "^" + Names.LABEL + "$", means = "lower-case letters, digits and '-'")
          String hostname,
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
      @Default("")
          @Length(max = 63)
          @Pattern(value = "^(" + Names.LABEL + ")?$", means = "lower-case letters, digits and '-'")
          String name,
      @Default("TCP") @OneOf({"TCP", "UDP", "SCTP"}) String protocol,
      @Nullable @Range(min = 0, max = 65535) Integer port,
      @Nullable String appProtocol)
      implements Checked {
    @Override
    public void check(Violations violations) {
      if (appProtocol != null && !Names.isQualified(appProtocol)) {
        violations.add("appProtocol", "expected a word, after an optional domain and '/'");
      }
    }
  }

  /**
   * Loopback addresses pass, which an API server refuses: on one machine the endpoints are there.
   */
  @Override
  public void check(Violations violations) {
    for (int i = 0; i < endpoints.size(); i++) {
      List<String> addresses = endpoints.get(i).addresses;
      for (int j = 0; j < addresses.size(); j++) {
        String address = addresses.get(j);
        boolean valid =
            switch (addressType) {
              case IPV4 -> IpLiteral.isV4(address);
              case IPV6 -> IpLiteral.isV6(address);
              case FQDN -> Names.isSubdomain(address);
            };
        if (!valid) {
          violations.add(
              "endpoints[" + i + "].addresses[" + j + "]",
              "not an address of type " + JsonNames.of(addressType));
        }
      }
    }
  }
}
