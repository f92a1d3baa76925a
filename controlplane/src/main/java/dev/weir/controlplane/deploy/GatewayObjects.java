package dev.weir.controlplane.deploy;

import static dev.weir.controlplane.deploy.MappingWriter.mapping;

import dev.weir.controlplane.decode.Tree.Mapping;
import dev.weir.controlplane.topology.GatewayTopology;
import dev.weir.core.api.KubeObject;
import dev.weir.core.api.gateway.Gateway;
import dev.weir.core.api.gateway.GatewayAddress;
import dev.weir.core.api.k8s.IntOrString;
import dev.weir.core.api.weir.GatewayParameters;
import dev.weir.core.api.weir.GatewayParameters.Autoscaling;
import dev.weir.core.api.weir.GatewayParameters.ExternalTrafficPolicy;
import dev.weir.core.api.weir.GatewayParameters.PodDisruptionBudget;
import dev.weir.core.api.weir.GatewayParameters.ServiceType;
import dev.weir.core.problem.ObjectRef;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Writes the objects of one Gateway. */
final class GatewayObjects {
  private static final int DEFAULT_REPLICAS = 2;
  private static final PodDisruptionBudget DEFAULT_BUDGET =
      new PodDisruptionBudget(null, new IntOrString.Int(1));

  private final KubeObject<Gateway> gateway;
  private final GatewayParameters.Deployment wishes;
  private final DeploySettings settings;
  private final List<ProxyPort> ports;
  private final String name;
  private final SequencedMap<String, String> selector = new LinkedHashMap<>();
  private final Map<String, String> labels;
  private final Map<String, String> annotations;

  GatewayObjects(
      KubeObject<Gateway> gateway,
      GatewayTopology served,
      GatewayParameters.Deployment wishes,
      DeploySettings settings) {
    this.gateway = gateway;
    this.wishes = wishes;
    this.settings = settings;
    this.ports = ProxyPort.of(served);
    this.name = DeployedName.of(gateway.ref().name());
    selector.put("app.kubernetes.io/name", "weir");
    selector.put("app.kubernetes.io/component", "proxy");
    selector.put("app.kubernetes.io/instance", name);
    Gateway.Infrastructure infrastructure = gateway.spec().infrastructure();
    this.labels = new TreeMap<>(infrastructure == null ? Map.of() : infrastructure.labels());
    labels.putAll(selector);
    labels.putAll(marks(gateway.ref()));
    labels.put(
        "gateway.networking.k8s.io/gateway-class-name",
        DeployedName.labelValue(gateway.spec().gatewayClassName()));
    this.annotations =
        new TreeMap<>(infrastructure == null ? Map.of() : infrastructure.annotations());
  }

  /** The labels by which the objects of a Gateway are known (GEP-1762). */
  static Map<String, String> marks(ObjectRef gateway) {
    return Map.of(
        "app.kubernetes.io/managed-by",
        "weir",
        "gateway.networking.k8s.io/gateway-name",
        DeployedName.labelValue(gateway.name()));
  }

  /** All of them, each after those that it names. */
  List<DeployedObject> all() {
    List<DeployedObject> all = new ArrayList<>();
    all.add(serviceAccount());
    switch (settings.identity()) {
      case DeploySettings.Issued issued -> all.add(authorities(issued));
      case DeploySettings.InSecret inSecret -> {}
    }
    all.add(networkPolicy());
    all.add(deployment());
    all.add(service());
    PodDisruptionBudget budget = budget();
    if (budget != null) {
      all.add(podDisruptionBudget(budget));
    }
    if (wishes.autoscaling() != null) {
      all.add(autoscaler(wishes.autoscaling()));
    }
    return all;
  }

  // --- the objects -----------------------------------------------------------------------------

  private DeployedObject serviceAccount() {
    Map<String, String> own =
        wishes.serviceAccount() == null ? null : wishes.serviceAccount().annotations();
    return object(
        "", "v1", "ServiceAccount", own, mapping().put("automountServiceAccountToken", false));
  }

  /** Who signs the controller's certificate: pods can mount only what is in their namespace. */
  private DeployedObject authorities(DeploySettings.Issued issued) {
    return object(
        "",
        "v1",
        "ConfigMap",
        null,
        mapping().put("data", mapping().put(PodTemplate.CA_FILE, issued.authorities())));
  }

  /** Clients get to the listeners, and nobody from other pods to the admin endpoint. */
  private DeployedObject networkPolicy() {
    return object(
        "networking.k8s.io",
        "v1",
        "NetworkPolicy",
        null,
        mapping()
            .put(
                "spec",
                mapping()
                    .put("podSelector", mapping().put("matchLabels", selector))
                    .put("policyTypes", List.of("Ingress"))
                    .put(
                        "ingress",
                        List.of(
                            mapping()
                                .put("ports", ports.stream().map(ProxyPort::ofPolicy).toList())))));
  }

  private DeployedObject deployment() {
    Mapping template =
        new PodTemplate(gateway.ref(), name, ports, wishes, settings)
            .written(labels, annotations, selector);
    return object(
        "apps",
        "v1",
        "Deployment",
        null,
        mapping()
            .put(
                "spec",
                mapping()
                    // With an autoscaler the number is for it to write.
                    .put("replicas", wishes.autoscaling() == null ? replicas() : null)
                    .put("selector", mapping().put("matchLabels", selector))
                    .put(
                        "strategy",
                        mapping()
                            .put("type", "RollingUpdate")
                            .put(
                                "rollingUpdate",
                                mapping().put("maxUnavailable", 0).put("maxSurge", 1)))
                    .put("template", template)));
  }

  private DeployedObject service() {
    GatewayParameters.Service wish =
        wishes.service() == null
            ? new GatewayParameters.Service(null, null, null, null)
            : wishes.service();
    ServiceType type = wish.type() == null ? ServiceType.LOAD_BALANCER : wish.type();
    // A Service that nobody outside reaches cannot say where connections from outside go.
    ExternalTrafficPolicy policy =
        type == ServiceType.CLUSTER_IP
            ? null
            : wish.externalTrafficPolicy() == null
                ? ExternalTrafficPolicy.LOCAL
                : wish.externalTrafficPolicy();
    return object(
        "",
        "v1",
        "Service",
        wish.annotations(),
        mapping()
            .put(
                "spec",
                mapping()
                    .put("type", type)
                    .put("externalTrafficPolicy", policy)
                    .put(
                        "loadBalancerClass",
                        type == ServiceType.LOAD_BALANCER ? wish.loadBalancerClass() : null)
                    .put("ipFamilyPolicy", "PreferDualStack")
                    .put("loadBalancerIP", type == ServiceType.LOAD_BALANCER ? wanted() : null)
                    .put("clusterIP", type == ServiceType.CLUSTER_IP ? wanted() : null)
                    .put("selector", selector)
                    .put("ports", ports.stream().map(ProxyPort::ofService).toList())));
  }

  /** The first address that the Gateway names; a Service can ask for one. */
  private @Nullable String wanted() {
    return gateway.spec().addresses().stream()
        .filter(address -> address.type().equals("IPAddress"))
        .map(GatewayAddress::value)
        .filter(value -> value != null && !value.isEmpty())
        .findFirst()
        .orElse(null);
  }

  private DeployedObject podDisruptionBudget(PodDisruptionBudget budget) {
    return object(
        "policy",
        "v1",
        "PodDisruptionBudget",
        null,
        mapping()
            .put(
                "spec",
                mapping()
                    .put("minAvailable", budget.minAvailable())
                    .put("maxUnavailable", budget.maxUnavailable())
                    .put("selector", mapping().put("matchLabels", selector))));
  }

  private DeployedObject autoscaler(Autoscaling scaling) {
    MappingWriter cpu =
        mapping()
            .put("name", "cpu")
            .put(
                "target",
                mapping()
                    .put("type", "Utilization")
                    .put("averageUtilization", scaling.targetCpuPercent()));
    return object(
        "autoscaling",
        "v2",
        "HorizontalPodAutoscaler",
        null,
        mapping()
            .put(
                "spec",
                mapping()
                    .put(
                        "scaleTargetRef",
                        mapping()
                            .put("apiVersion", "apps/v1")
                            .put("kind", "Deployment")
                            .put("name", name))
                    .put("minReplicas", scaling.minReplicas())
                    .put("maxReplicas", scaling.maxReplicas())
                    .put(
                        "metrics",
                        List.of(mapping().put("type", "Resource").put("resource", cpu)))));
  }

  // --- what they have in common ----------------------------------------------------------------

  private int replicas() {
    return wishes.replicas() == null ? DEFAULT_REPLICAS : wishes.replicas();
  }

  /** With a single proxy, a budget would keep its machine from ever being emptied. */
  private @Nullable PodDisruptionBudget budget() {
    if (wishes.podDisruptionBudget() != null) {
      return wishes.podDisruptionBudget();
    }
    int fewest = wishes.autoscaling() == null ? replicas() : wishes.autoscaling().minReplicas();
    return fewest > 1 ? DEFAULT_BUDGET : null;
  }

  /**
   * An object with the common metadata.
   *
   * @param own annotations beside those of the Gateway's infrastructure
   * @param rest its other fields
   */
  private DeployedObject object(
      String group,
      String version,
      String kind,
      @Nullable Map<String, String> own,
      MappingWriter rest) {
    Map<String, String> allAnnotations = new TreeMap<>(annotations);
    if (own != null) {
      allAnnotations.putAll(own);
    }
    String apiVersion = group.isEmpty() ? version : group + "/" + version;
    MappingWriter content =
        mapping()
            .put("apiVersion", apiVersion)
            .put("kind", kind)
            .put(
                "metadata",
                mapping()
                    .put("namespace", gateway.ref().namespace())
                    .put("name", name)
                    .put("labels", labels)
                    .putUnlessEmpty("annotations", allAnnotations)
                    .put("ownerReferences", List.of(owner())));
    rest.written().entries().forEach(entry -> content.put(entry.key(), entry.value()));
    return DeployedObject.of(
        new ObjectRef(group, kind, gateway.ref().namespace(), name), content.written());
  }

  private MappingWriter owner() {
    return mapping()
        .put("apiVersion", Gateway.TYPE.kind().apiVersion())
        .put("kind", Gateway.TYPE.kind().kind())
        .put("name", gateway.ref().name())
        .put("uid", gateway.uid())
        .put("controller", true)
        .put("blockOwnerDeletion", true);
  }
}
