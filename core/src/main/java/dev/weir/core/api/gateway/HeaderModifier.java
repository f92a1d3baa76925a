package dev.weir.core.api.gateway;

import dev.weir.core.api.gateway.Format.HeaderName;
import dev.weir.core.api.gateway.Format.HeaderValue;
import dev.weir.core.api.schema.Items;
import dev.weir.core.api.schema.Unique;
import java.util.List;

/**
 * Changes of headers.
 *
 * @param set replaced or added
 * @param add added to those of the same name
 * @param remove names
 */
public record HeaderModifier(
    @Items(max = 16) @Unique("name") List<Header> set,
    @Items(max = 16) @Unique("name") List<Header> add,
    @Items(max = 16) @Unique List<String> remove) {

  /** A header. */
  public record Header(@HeaderName String name, @HeaderValue String value) {}
}
