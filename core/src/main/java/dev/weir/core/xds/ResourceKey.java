package dev.weir.core.xds;

import org.jspecify.annotations.Nullable;

/** A resource by type and name. */
public record ResourceKey(ResourceType type, String name) {
  // Written out, as each start asks for them: what a record has by itself is made at run time.

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ResourceKey(ResourceType its, String of)
        && type == its
        && name.equals(of);
  }

  @Override
  public int hashCode() {
    return 31 * type.hashCode() + name.hashCode();
  }

  /** {@code RouteConfiguration "name"}. */
  @Override
  public String toString() {
    return type.messageName() + " \"" + name + "\"";
  }
}
