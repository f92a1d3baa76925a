package dev.weir.core.xds;

/** A resource by type and name. */
public record ResourceKey(ResourceType type, String name) {
  /** {@code RouteConfiguration "name"}. */
  @Override
  public String toString() {
    return type.messageName() + " \"" + name + "\"";
  }
}
