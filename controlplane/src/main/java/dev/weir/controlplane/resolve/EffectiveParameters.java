package dev.weir.controlplane.resolve;

import dev.weir.controlplane.state.ClusterState;
import dev.weir.core.api.KubeObject;
import dev.weir.core.api.gateway.Gateway;
import dev.weir.core.api.gateway.GatewayClass;
import dev.weir.core.api.gateway.LocalObjectReference;
import dev.weir.core.api.gateway.ObjectReference;
import dev.weir.core.api.weir.GatewayParameters;
import org.jspecify.annotations.Nullable;

/** The parameters of Gateways: what they name themselves, and below it what their class names. */
public final class EffectiveParameters {
  private static final String OF_CLASS = "spec.parametersRef";
  private static final String OF_GATEWAY = "spec.infrastructure.parametersRef";

  private final Lookup lookup;

  /** The parameters in a state. */
  public EffectiveParameters(ClusterState state) {
    this.lookup = new Lookup(state);
  }

  /**
   * The parameters of a Gateway. A reference that leads nowhere counts as none, as Gateways with
   * such a one are not accepted.
   */
  public GatewayParameters of(KubeObject<Gateway> gateway) {
    KubeObject<GatewayClass> ofClass =
        lookup.find(GatewayClass.TYPE, "", gateway.spec().gatewayClassName());
    GatewayParameters base = ofClass == null ? GatewayParameters.NONE : of(ofClass.spec());
    return own(gateway).over(base);
  }

  /** What the Gateway itself names. */
  GatewayParameters own(KubeObject<Gateway> gateway) {
    LocalObjectReference reference = reference(gateway.spec());
    return reference == null || !isOurs(reference.group(), reference.kind())
        ? GatewayParameters.NONE
        : find(gateway.ref().namespace(), reference.name());
  }

  private GatewayParameters of(GatewayClass gatewayClass) {
    ObjectReference reference = gatewayClass.parametersRef();
    return reference == null
            || reference.namespace() == null
            || !isOurs(reference.group(), reference.kind())
        ? GatewayParameters.NONE
        : find(reference.namespace(), reference.name());
  }

  private GatewayParameters find(String namespace, String name) {
    KubeObject<GatewayParameters> found = lookup.find(GatewayParameters.TYPE, namespace, name);
    return found == null ? GatewayParameters.NONE : found.spec();
  }

  /** What is wrong with the reference of a class, or null. */
  @Nullable Fault fault(GatewayClass gatewayClass) {
    ObjectReference reference = gatewayClass.parametersRef();
    if (reference == null) {
      return null;
    }
    if (reference.namespace() == null && isOurs(reference.group(), reference.kind())) {
      return Fault.error(
          ConditionReason.INVALID_PARAMETERS,
          OF_CLASS + ".namespace",
          "required, because GatewayParameters have a namespace");
    }
    return fault(
        reference.group(),
        reference.kind(),
        String.valueOf(reference.namespace()),
        reference.name(),
        OF_CLASS);
  }

  /** What is wrong with the reference of a Gateway itself, or null. */
  @Nullable Fault fault(KubeObject<Gateway> gateway) {
    LocalObjectReference reference = reference(gateway.spec());
    return reference == null
        ? null
        : fault(
            reference.group(),
            reference.kind(),
            gateway.ref().namespace(),
            reference.name(),
            OF_GATEWAY);
  }

  private @Nullable Fault fault(
      String group, String kind, String namespace, String name, String path) {
    if (!isOurs(group, kind)) {
      return Fault.error(
          ConditionReason.INVALID_PARAMETERS,
          path,
          "Weir takes no parameters of kind %s: name a GatewayParameters of group weir.dev, or remove the field"
              .formatted(kind));
    }
    return lookup.find(GatewayParameters.TYPE, namespace, name) == null
        ? Fault.dangling(
            ConditionReason.INVALID_PARAMETERS,
            path,
            "GatewayParameters/%s/%s is not there, or was never valid".formatted(namespace, name))
        : null;
  }

  private static @Nullable LocalObjectReference reference(Gateway gateway) {
    return gateway.infrastructure() == null ? null : gateway.infrastructure().parametersRef();
  }

  private static boolean isOurs(String group, String kind) {
    return group.equals(GatewayParameters.TYPE.kind().group())
        && kind.equals(GatewayParameters.TYPE.kind().kind());
  }
}
