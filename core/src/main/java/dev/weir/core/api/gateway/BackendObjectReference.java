package dev.weir.core.api.gateway;

import dev.weir.core.api.gateway.Format.KindName;
import dev.weir.core.api.gateway.Format.Namespace;
import dev.weir.core.api.gateway.Format.ObjectName;
import dev.weir.core.api.gateway.Format.Port;
import dev.weir.core.api.schema.Checked;
import dev.weir.core.api.schema.Default;
import dev.weir.core.api.schema.Violations;
import org.jspecify.annotations.Nullable;

/**
 * Something that answers requests: a port of a Service, or an object of another kind.
 *
 * @param namespace null: the same namespace
 * @param port always there for a Service
 */
public record BackendObjectReference(
    @Default("") @Format.Group String group,
    @Default("Service") @KindName String kind,
    @ObjectName String name,
    @Nullable @Namespace String namespace,
    @Nullable @Port Integer port)
    implements Checked {

  @Override
  public void check(Violations violations) {
    if (group.isEmpty() && kind.equals("Service") && port == null) {
      violations.add("port", "required for a Service: name one of its ports by number");
    }
  }
}
