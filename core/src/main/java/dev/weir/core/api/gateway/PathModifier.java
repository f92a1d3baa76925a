package dev.weir.core.api.gateway;

import dev.weir.core.api.schema.Length;
import dev.weir.core.api.schema.Payload;
import dev.weir.core.api.schema.Union;
import dev.weir.core.api.schema.Variant;

/** How the path of a redirect or a rewritten request is made. */
@Union("type")
public sealed interface PathModifier {
  /** The new path, whatever the old one was. */
  @Variant(type = "ReplaceFullPath", field = "replaceFullPath")
  record ReplaceFullPath(@Payload @Length(max = 1024) String path) implements PathModifier {}

  /** What takes the place of the matched prefix. */
  @Variant(type = "ReplacePrefixMatch", field = "replacePrefixMatch")
  record ReplacePrefixMatch(@Payload @Length(max = 1024) String prefix) implements PathModifier {}
}
