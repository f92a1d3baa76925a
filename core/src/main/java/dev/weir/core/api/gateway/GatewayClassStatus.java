package dev.weir.core.api.gateway;

import dev.weir.core.api.Condition;
import java.util.List;

/** Status of a {@link GatewayClass}. */
public record GatewayClassStatus(
    List<Condition> conditions, List<SupportedFeature> supportedFeatures) {
  /** A feature of the conformance suite that the controller claims. */
  public record SupportedFeature(String name) {}
}
