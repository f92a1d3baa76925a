package dev.weir.core.api.gateway;

import dev.weir.core.api.ObjectType;
import dev.weir.core.api.ObjectType.Layout;
import dev.weir.core.api.gateway.Format.KindName;
import dev.weir.core.api.gateway.Format.Namespace;
import dev.weir.core.api.gateway.Format.ObjectName;
import dev.weir.core.api.schema.Items;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Allows objects of other namespaces to refer to objects of its own. */
public record ReferenceGrant(
    @Items(min = 1, max = 16) List<From> from, @Items(min = 1, max = 16) List<To> to) {

  public static final ObjectType<ReferenceGrant> TYPE =
      ObjectType.of(
              Group.kind("ReferenceGrant", "referencegrants"), ReferenceGrant.class, Layout.SPEC)
          .served("v1beta1");

  /** Who may refer. */
  public record From(
      @Format.Group String group, @KindName String kind, @Namespace String namespace) {}

  /**
   * To what.
   *
   * @param name null: every object of the kind
   */
  public record To(
      @Format.Group String group, @KindName String kind, @Nullable @ObjectName String name) {}
}
