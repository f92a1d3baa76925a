package dev.weir.controlplane.deploy;

import static dev.weir.controlplane.deploy.MappingWriter.mapping;

import dev.weir.controlplane.decode.JsonText;
import dev.weir.controlplane.decode.Tree.Mapping;
import dev.weir.core.api.weir.GatewayParameters;
import dev.weir.core.problem.ObjectRef;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Writes the pods of a Gateway: a proxy that runs without any privilege. */
final class PodTemplate {
  /** Name of the file with the authorities of the controller. */
  static final String CA_FILE = "ca.crt";

  private static final String IDENTITY = "/var/run/secrets/weir.dev";
  private static final String STATE = "/var/lib/weir";
  private static final int ADMIN_PORT = 15000;
  private static final int USER = 65532;
  private static final int TOKEN_SECONDS = 3600;

  /** Until everybody knows that the pod is going: it serves as before, and then on for a little. */
  private static final int PRE_STOP_SECONDS = 5;

  private static final int DRAIN_SECONDS = 30;

  /** What the proxy takes beyond the drain: to be not ready before it, and to end after it. */
  private static final int SLACK_SECONDS = 15;

  private static final Map<String, String> DEFAULT_REQUESTS =
      new TreeMap<>(Map.of("cpu", "100m", "memory", "256Mi"));

  private final ObjectRef gateway;
  private final String name;
  private final List<ProxyPort> ports;
  private final GatewayParameters.Deployment wishes;
  private final DeploySettings settings;

  PodTemplate(
      ObjectRef gateway,
      String name,
      List<ProxyPort> ports,
      GatewayParameters.Deployment wishes,
      DeploySettings settings) {
    this.gateway = gateway;
    this.name = name;
    this.ports = ports;
    this.wishes = wishes;
    this.settings = settings;
  }

  /**
   * The template, with the changes that the parameters want.
   *
   * @param selector labels that every pod keeps, whatever the parameters say
   */
  Mapping written(
      Map<String, String> labels, Map<String, String> annotations, Map<String, String> selector) {
    Map<String, String> allLabels = new TreeMap<>();
    if (wishes.podLabels() != null) {
      allLabels.putAll(wishes.podLabels());
    }
    allLabels.putAll(labels);
    Map<String, String> allAnnotations = new TreeMap<>(annotations);
    if (wishes.podAnnotations() != null) {
      allAnnotations.putAll(wishes.podAnnotations());
    }
    Mapping template =
        mapping()
            .put(
                "metadata",
                mapping().put("labels", allLabels).putUnlessEmpty("annotations", allAnnotations))
            .put("spec", spec(selector))
            .written();
    if (wishes.podTemplate() == null) {
      return template;
    }
    Mapping wish = (Mapping) JsonText.tree(wishes.podTemplate());
    Mapping kept = mapping().put("metadata", mapping().put("labels", selector)).written();
    return Overlay.over(Overlay.over(template, wish), kept);
  }

  private MappingWriter spec(Map<String, String> selector) {
    return mapping()
        .put("serviceAccountName", name)
        .put("automountServiceAccountToken", false)
        .put("enableServiceLinks", false)
        .put("terminationGracePeriodSeconds", PRE_STOP_SECONDS + DRAIN_SECONDS + SLACK_SECONDS)
        .put(
            "securityContext",
            mapping()
                .put("runAsNonRoot", true)
                .put("runAsUser", USER)
                .put("runAsGroup", USER)
                .put("fsGroup", USER)
                .put("seccompProfile", mapping().put("type", "RuntimeDefault"))
                // Of the pod's own network: ports below 1024 need no privilege in it.
                .put(
                    "sysctls",
                    List.of(
                        mapping()
                            .put("name", "net.ipv4.ip_unprivileged_port_start")
                            .put("value", "0"))))
        .put(
            "topologySpreadConstraints",
            List.of(
                spread("topology.kubernetes.io/zone", selector),
                spread("kubernetes.io/hostname", selector)))
        .put("containers", List.of(container()))
        .put("volumes", List.of(identity(), scratch("state"), scratch("tmp")));
  }

  private static MappingWriter spread(String key, Map<String, String> selector) {
    return mapping()
        .put("maxSkew", 1)
        .put("topologyKey", key)
        .put("whenUnsatisfiable", "ScheduleAnyway")
        .put("labelSelector", mapping().put("matchLabels", selector));
  }

  private MappingWriter container() {
    return mapping()
        .put("name", "proxy")
        .put("image", wishes.image() == null ? settings.image() : wishes.image())
        .put("args", arguments())
        .put(
            "env",
            List.of(
                mapping()
                    .put("name", "POD_NAME")
                    .put(
                        "valueFrom",
                        mapping().put("fieldRef", mapping().put("fieldPath", "metadata.name")))))
        .put("ports", containerPorts())
        .put("resources", resources())
        .put(
            "securityContext",
            mapping()
                .put("allowPrivilegeEscalation", false)
                .put("readOnlyRootFilesystem", true)
                .put("capabilities", mapping().put("drop", List.of("ALL"))))
        .put("startupProbe", probe("/healthz", 1, 60))
        .put("readinessProbe", probe("/ready", 2, 2))
        .put("livenessProbe", probe("/healthz", 10, 3))
        .put(
            "lifecycle",
            mapping()
                .put("preStop", mapping().put("sleep", mapping().put("seconds", PRE_STOP_SECONDS))))
        .put(
            "volumeMounts",
            List.of(
                mapping().put("name", "identity").put("mountPath", IDENTITY).put("readOnly", true),
                mapping().put("name", "state").put("mountPath", STATE),
                mapping().put("name", "tmp").put("mountPath", "/tmp")));
  }

  private List<String> arguments() {
    List<String> all = new ArrayList<>();
    Collections.addAll(
        all,
        "proxy",
        "--controller",
        settings.controller(),
        "--node",
        "$(POD_NAME)",
        "--serves",
        gateway.toString(),
        "--ca",
        IDENTITY + "/" + CA_FILE);
    switch (settings.identity()) {
      case DeploySettings.Issued issued ->
          Collections.addAll(all, "--token-file", IDENTITY + "/token");
      case DeploySettings.InSecret inSecret ->
          Collections.addAll(all, "--cert", IDENTITY + "/tls.crt", "--key", IDENTITY + "/tls.key");
    }
    Collections.addAll(
        all,
        "--state-dir",
        STATE,
        "--admin",
        "0.0.0.0:" + ADMIN_PORT,
        "--drain-seconds",
        Integer.toString(DRAIN_SECONDS));
    return all;
  }

  private List<MappingWriter> containerPorts() {
    List<MappingWriter> all = new ArrayList<>();
    ports.forEach(port -> all.add(port.ofContainer()));
    all.add(mapping().put("name", "admin").put("containerPort", ADMIN_PORT).put("protocol", "TCP"));
    return all;
  }

  /** What is limited and not requested is requested as much, by Kubernetes' own rule. */
  private MappingWriter resources() {
    GatewayParameters.Resources wish = wishes.resources();
    Map<String, String> limits = wish == null ? null : wish.limits();
    Map<String, String> requests = wish == null ? null : wish.requests();
    if (requests == null) {
      requests = new TreeMap<>(DEFAULT_REQUESTS);
      if (limits != null) {
        requests.keySet().removeAll(limits.keySet());
      }
    }
    return mapping().putUnlessEmpty("requests", requests).put("limits", limits);
  }

  private static MappingWriter probe(String path, int periodSeconds, int failures) {
    return mapping()
        .put("httpGet", mapping().put("path", path).put("port", "admin"))
        .put("periodSeconds", periodSeconds)
        .put("timeoutSeconds", Math.min(periodSeconds, 5))
        .put("failureThreshold", failures);
  }

  private MappingWriter identity() {
    MappingWriter volume = mapping().put("name", "identity");
    return switch (settings.identity()) {
      case DeploySettings.Issued issued -> volume.put("projected", tokenAndAuthorities());
      case DeploySettings.InSecret inSecret ->
          volume.put("secret", mapping().put("secretName", name));
    };
  }

  /** A token for the controller alone, and whom to believe that it is the controller. */
  private MappingWriter tokenAndAuthorities() {
    MappingWriter token =
        mapping()
            .put("audience", DeploySettings.TOKEN_AUDIENCE)
            .put("expirationSeconds", TOKEN_SECONDS)
            .put("path", "token");
    MappingWriter authorities =
        mapping()
            .put("name", name)
            .put("items", List.of(mapping().put("key", CA_FILE).put("path", CA_FILE)));
    return mapping()
        .put(
            "sources",
            List.of(
                mapping().put("serviceAccountToken", token),
                mapping().put("configMap", authorities)));
  }

  private static MappingWriter scratch(String volume) {
    return mapping().put("name", volume).put("emptyDir", mapping());
  }
}
