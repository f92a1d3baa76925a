package dev.weir.core.xds;

/** How resources are asked for: the methods of xDS's aggregated discovery service. */
public final class DiscoveryCalls {
  public static final String SERVICE = "envoy.service.discovery.v3.AggregatedDiscoveryService";

  /** Streams of {@code DeltaDiscoveryRequest} and {@code DeltaDiscoveryResponse}. */
  public static final String DELTA = SERVICE + "/DeltaAggregatedResources";

  /** Streams of {@code DiscoveryRequest} and {@code DiscoveryResponse}. */
  public static final String STATE_OF_THE_WORLD = SERVICE + "/StreamAggregatedResources";

  private DiscoveryCalls() {}
}
