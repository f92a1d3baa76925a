package dev.weir.controlplane.deploy;

import dev.weir.controlplane.resolve.EffectiveParameters;
import dev.weir.controlplane.state.ClusterState;
import dev.weir.controlplane.topology.GatewayTopology;
import dev.weir.controlplane.topology.Topology;
import dev.weir.core.api.KubeObject;
import dev.weir.core.api.gateway.Gateway;
import dev.weir.core.api.gateway.GatewayAddress;
import dev.weir.core.api.k8s.Service;
import dev.weir.core.api.weir.GatewayParameters;
import dev.weir.core.problem.ObjectRef;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/** What has to be there so that proxies run. */
public final class Deployments {
  private Deployments() {}

  /**
   * The objects of each Gateway that is served, by namespace and name of the Gateway. A Gateway in
   * host mode has none: what it had before is to be removed. One that is missing, because it is not
   * accepted or has nothing to serve at the moment, is to keep what it has, so that its addresses
   * survive a mistake; what belongs to Gateways that are gone, the API server collects.
   *
   * @param topology what resolve made of the state
   */
  public static SequencedMap<ObjectRef, List<DeployedObject>> of(
      ClusterState state, Topology topology, DeploySettings settings) {
    EffectiveParameters parameters = new EffectiveParameters(state);
    SequencedMap<ObjectRef, List<DeployedObject>> all = new LinkedHashMap<>();
    for (GatewayTopology served : topology.gateways()) {
      KubeObject<Gateway> gateway =
          state.object(Gateway.TYPE, served.gateway().namespace(), served.gateway().name());
      if (gateway != null) {
        GatewayParameters own = parameters.of(gateway);
        all.put(
            served.gateway(),
            own.host() != null
                ? List.of()
                : new GatewayObjects(gateway, served, deployment(own), settings).all());
      }
    }
    return all;
  }

  /**
   * The Gateways whose proxies run on machines of their own: all but those in host mode.
   *
   * @param reached where Services are reached; nowhere yet if one is missing
   */
  public static Map<ObjectRef, List<GatewayAddress>> addresses(
      ClusterState state, Map<ObjectRef, List<GatewayAddress>> reached) {
    EffectiveParameters parameters = new EffectiveParameters(state);
    Map<ObjectRef, List<GatewayAddress>> addresses = new HashMap<>();
    for (KubeObject<Gateway> gateway : state.objects(Gateway.TYPE)) {
      if (parameters.of(gateway).host() == null) {
        addresses.put(gateway.ref(), reached.getOrDefault(service(gateway.ref()), List.of()));
      }
    }
    return addresses;
  }

  /** Whether the Service of a Gateway's proxies is there, with its labels, whoever made it. */
  public static boolean isThere(ClusterState state, ObjectRef gateway) {
    ObjectRef ref = service(gateway);
    KubeObject<Service> service = state.object(Service.TYPE, ref.namespace(), ref.name());
    return service != null
        && service.meta().labels().entrySet().containsAll(GatewayObjects.marks(gateway).entrySet());
  }

  private static ObjectRef service(ObjectRef gateway) {
    return new ObjectRef("", "Service", gateway.namespace(), DeployedName.of(gateway.name()));
  }

  private static GatewayParameters.Deployment deployment(GatewayParameters parameters) {
    return parameters.deployment() == null
        ? GatewayParameters.Deployment.NONE
        : parameters.deployment();
  }
}
