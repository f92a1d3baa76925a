package dev.weir.core.api.k8s;

import dev.weir.core.api.IpLiteral;
import dev.weir.core.api.Kind;
import dev.weir.core.api.Kind.Naming;
import dev.weir.core.api.Names;
import dev.weir.core.api.ObjectType;
import dev.weir.core.api.ObjectType.Layout;
import dev.weir.core.api.schema.Checked;
import dev.weir.core.api.schema.Default;
import dev.weir.core.api.schema.Items;
import dev.weir.core.api.schema.JsonName;
import dev.weir.core.api.schema.Length;
import dev.weir.core.api.schema.OneOf;
import dev.weir.core.api.schema.Pattern;
import dev.weir.core.api.schema.Range;
import dev.weir.core.api.schema.Unique;
import dev.weir.core.api.schema.Violations;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A Service.
 *
 * @param clusterIP {@code None} for a headless one; null: not assigned
 * @param selector of pods; empty: the endpoints are kept by someone else
 * @param externalName the host that an {@code ExternalName} Service stands for
 */
public record Service(
    @Default("ClusterIP") Type type,
    @Nullable String clusterIP,
    @Items(max = 2) List<String> clusterIPs,
    @Unique({"port", "protocol"}) List<Port> ports,
    Map<String, String> selector,
    @Nullable String externalName)
    implements Checked {

  public static final ObjectType<Service> TYPE =
      ObjectType.of(
          Kind.namespaced("", "v1", "Service", "services").named(Naming.HOST_LABEL),
          Service.class,
          Layout.PARTIAL_SPEC);

  private static final String HEADLESS = "None";

  /** How the Service is reached. */
  public enum Type {
    @JsonName("ClusterIP")
    CLUSTER_IP,
    NODE_PORT,
    LOAD_BALANCER,
    EXTERNAL_NAME
  }

  /**
   * A port of a Service.
   *
   * @param name null only if it is the only port
   * @param targetPort port of the pods; null: the same number
   * @param appProtocol what is spoken there, e.g. {@code kubernetes.io/h2c}; null: not said
   */
  public record Port(
      @Nullable
          @Length(min = 1, max = 63)
          @Pattern(value = "^" + Names.LABEL + "$", means = "lower-case letters, digits and '-'")
          String name,
      @Default("TCP") @OneOf({"TCP", "UDP", "SCTP"}) String protocol,
      @Range(min = 1, max = 65535) int port,
      @Nullable @Range(min = 1, max = 65535) IntOrString targetPort,
      @Nullable @Range(min = 0, max = 65535) Integer nodePort,
      @Nullable String appProtocol)
      implements Checked {
    @Override
    public void check(Violations violations) {
      if (targetPort instanceof IntOrString.Text(String text) && !PortName.isValid(text)) {
        violations.add("targetPort", "expected a number, or " + PortName.MEANS);
      }
      if (appProtocol != null && !Names.isQualified(appProtocol)) {
        violations.add("appProtocol", "expected a word, after an optional domain and '/'");
      }
    }
  }

  @Override
  public void check(Violations violations) {
    boolean headless = HEADLESS.equals(clusterIP);
    if (ports.isEmpty() && !headless && type != Type.EXTERNAL_NAME) {
      violations.add("ports", "at least one is required, unless clusterIP is None");
    }
    checkPorts(violations);
    Names.checkKeys("selector", selector, violations);
    for (Map.Entry<String, String> label : selector.entrySet()) {
      if (!label.getValue().matches(Names.LABEL_VALUE) || label.getValue().length() > 63) {
        violations.add(
            "selector[" + label.getKey() + "]",
            "no label has this value: expected up to 63 letters, digits, '-', '_' and '.'");
      }
    }
    checkAddresses(headless, violations);
    if (type == Type.EXTERNAL_NAME && !isHost(externalName)) {
      violations.add("externalName", "a lower-case host name is required with type ExternalName");
    }
  }

  private void checkPorts(Violations violations) {
    Set<String> names = new HashSet<>();
    for (int i = 0; i < ports.size(); i++) {
      Port port = ports.get(i);
      String at = "ports[" + i + "].";
      if (port.name == null && ports.size() > 1) {
        violations.add(at + "name", "required, because there are several ports");
      } else if (port.name != null && !names.add(port.name)) {
        violations.add(at + "name", "another port has this name");
      }
      boolean node = port.nodePort != null && port.nodePort > 0;
      if (node && (type == Type.CLUSTER_IP || type == Type.EXTERNAL_NAME)) {
        violations.add(at + "nodePort", "only possible with type NodePort or LoadBalancer");
      }
    }
  }

  private void checkAddresses(boolean headless, Violations violations) {
    String first = clusterIP == null ? "" : clusterIP;
    if (type == Type.EXTERNAL_NAME && !first.isEmpty()) {
      violations.add("clusterIP", "not possible with type ExternalName: remove it");
    } else if (headless && (type == Type.NODE_PORT || type == Type.LOAD_BALANCER)) {
      violations.add("clusterIP", "None is only possible with type ClusterIP");
    } else if (!headless && !first.isEmpty() && !IpLiteral.isAddress(first)) {
      violations.add("clusterIP", "expected an IPv4 or IPv6 address, None or nothing");
    }
    for (int i = 0; i < clusterIPs.size(); i++) {
      String address = clusterIPs.get(i);
      boolean none = address.equals(HEADLESS) && clusterIPs.size() == 1;
      if (!none && !IpLiteral.isAddress(address)) {
        violations.add("clusterIPs[" + i + "]", "expected an IPv4 or IPv6 address, or only None");
      }
    }
    if (!first.isEmpty() && !clusterIPs.isEmpty() && !clusterIPs.getFirst().equals(first)) {
      violations.add("clusterIPs[0]", "not the same as clusterIP");
    }
  }

  private static boolean isHost(@Nullable String name) {
    return name != null
        && Names.isSubdomain(name.endsWith(".") ? name.substring(0, name.length() - 1) : name);
  }
}
