package dev.weir.core.api.gateway;

import dev.weir.core.api.ObjectType;
import dev.weir.core.api.ObjectType.Layout;
import dev.weir.core.api.gateway.Format.KindName;
import dev.weir.core.api.gateway.Format.Namespace;
import dev.weir.core.api.gateway.Format.ObjectName;
import dev.weir.core.api.schema.Checked;
import dev.weir.core.api.schema.Default;
import dev.weir.core.api.schema.Items;
import dev.weir.core.api.schema.Unique;
import dev.weir.core.api.schema.Violations;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Listeners that are added to a Gateway. */
public record ListenerSet(
    ParentGatewayReference parentRef,
    @Items(min = 1, max = 64) @Unique("name") List<Listener> listeners)
    implements Checked {

  public static final ObjectType<ListenerSet> TYPE =
      ObjectType.of(Group.kind("ListenerSet", "listenersets"), ListenerSet.class, Layout.SPEC);

  /**
   * The Gateway.
   *
   * @param namespace null: the same namespace
   */
  public record ParentGatewayReference(
      @Default(Group.GATEWAY) @Format.Group String group,
      @Default("Gateway") @KindName String kind,
      @ObjectName String name,
      @Nullable @Namespace String namespace) {}

  @Override
  public void check(Violations violations) {
    Listener.check(listeners, violations);
  }
}
