package dev.weir.core.api.gateway;

import dev.weir.core.api.Kind;

/** The API groups of the Gateway API. */
public final class Group {
  /** The group of the released kinds. */
  public static final String GATEWAY = "gateway.networking.k8s.io";

  /** The group of kinds under trial. */
  public static final String EXPERIMENTAL = "gateway.networking.x-k8s.io";

  private Group() {}

  static Kind kind(String kind, String plural) {
    return Kind.namespaced(GATEWAY, "v1", kind, plural);
  }
}
