package dev.weir.core.api.gateway;

import dev.weir.core.api.Kind;
import dev.weir.core.api.ObjectType;
import dev.weir.core.api.ObjectType.Layout;
import dev.weir.core.api.gateway.Format.ControllerName;
import dev.weir.core.api.schema.Length;
import org.jspecify.annotations.Nullable;

/**
 * Gateways of one sort.
 *
 * @param controllerName who is in charge of them
 */
public record GatewayClass(
    @ControllerName String controllerName,
    @Nullable ObjectReference parametersRef,
    @Nullable @Length(max = 64) String description) {

  public static final ObjectType<GatewayClass> TYPE =
      ObjectType.of(
              Kind.cluster(Group.GATEWAY, "v1", "GatewayClass", "gatewayclasses"),
              GatewayClass.class,
              Layout.SPEC)
          .served("v1beta1");
}
