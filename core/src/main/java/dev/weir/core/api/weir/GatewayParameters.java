package dev.weir.core.api.weir;

import dev.weir.core.api.CidrRange;
import dev.weir.core.api.JsonObject;
import dev.weir.core.api.Kind;
import dev.weir.core.api.Names;
import dev.weir.core.api.ObjectType;
import dev.weir.core.api.ObjectType.Layout;
import dev.weir.core.api.k8s.IntOrString;
import dev.weir.core.api.schema.Cel;
import dev.weir.core.api.schema.Checked;
import dev.weir.core.api.schema.Items;
import dev.weir.core.api.schema.JsonName;
import dev.weir.core.api.schema.Length;
import dev.weir.core.api.schema.Pattern;
import dev.weir.core.api.schema.Range;
import dev.weir.core.api.schema.Unique;
import dev.weir.core.api.schema.Violations;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How a Gateway is run: what the Gateway API leaves to implementations. {@code
 * spec.infrastructure.parametersRef} of a Gateway or {@code spec.parametersRef} of a GatewayClass
 * name it. docs/gateway-parameters.md has every field; in all of them null means not set.
 *
 * @param http what the proxies do with HTTP
 * @param deployment the objects that a controller makes to run the proxies
 * @param host the proxies are started by others: the controller makes nothing
 */
@Cel(
    value = "!(has(self.deployment) && has(self.host))",
    message = "deployment and host exclude each other: remove one")
public record GatewayParameters(
    @Nullable Http http, @Nullable Deployment deployment, @Nullable Host host) implements Checked {

  public static final ObjectType<GatewayParameters> TYPE =
      ObjectType.of(
          Kind.namespaced(Backend.GROUP, "v1alpha1", "GatewayParameters", "gatewayparameters"),
          GatewayParameters.class,
          Layout.SPEC);

  /** Nothing set. */
  public static final GatewayParameters NONE = new GatewayParameters(null, null, null);

  /**
   * What the proxies do with HTTP.
   *
   * @param http3 whether HTTPS is served over HTTP/3 as well
   * @param clientAddress who may be believed about the client's address
   * @param reasonHeader whether what the gateway answers itself says why in {@code weir-reason}
   * @param upgrades protocols beside WebSocket to which connections may be upgraded, all others
   *     not; null: any
   */
  @Cel(
      value =
          "!has(self.upgrades) || self.upgrades.all(u, !u.matches('^(?i)(h2c|http/2([.]0)?)$'))",
      message = "upgrades to HTTP/2 would pass all rules by: clients may begin with HTTP/2 at once")
  public record Http(
      @Nullable Boolean http3,
      @Nullable ClientAddress clientAddress,
      @Nullable Boolean reasonHeader,
      @Nullable @Items(max = 16) @Unique
          List<
                  @Length(min = 1, max = 64)
                  @Pattern(
                      value =
                          "^[A-Za-z0-9!#$%&'*+.^_\\x60|~-]+(/[A-Za-z0-9!#$%&'*+.^_\\x60|~-]+)?$",
                      means = "the name of a protocol, such as chat or chat/2")
                  String>
              upgrades,
      @Nullable HttpLimits limits)
      implements Checked {
    /** Nothing set. */
    public static final Http NONE = new Http(null, null, null, null, null);

    @Override
    public void check(Violations violations) {
      for (int i = 0; upgrades != null && i < upgrades.size(); i++) {
        if (upgrades.get(i).matches("(?i)h2c|http/2(\\.0)?")) {
          violations.add(
              "upgrades[" + i + "]",
              "HTTP/2 in a tunnel would pass all rules by: clients may begin with HTTP/2 at once");
        }
      }
    }

    private Http over(Http base) {
      return new Http(
          first(http3, base.http3),
          first(clientAddress, base.clientAddress),
          first(reasonHeader, base.reasonHeader),
          first(upgrades, base.upgrades),
          limits != null && base.limits != null
              ? limits.over(base.limits)
              : first(limits, base.limits));
    }
  }

  /**
   * Who may be believed about the client's address: exactly one of the two.
   *
   * @param trustedHops how many proxies every request has passed
   * @param trustedCidrs addresses of proxies, as ranges
   */
  @Cel(
      value = "has(self.trustedHops) != has(self.trustedCidrs)",
      message = "set exactly one of trustedHops and trustedCidrs")
  @Cel(
      value = "!has(self.trustedCidrs) || self.trustedCidrs.all(c, isCIDR(c))",
      message = "trustedCidrs are ranges of addresses such as 10.0.0.0/8")
  public record ClientAddress(
      @Nullable @Range(min = 1, max = 100) Integer trustedHops,
      @Nullable @Items(min = 1, max = 256)
          List<
                  @Length(min = 1, max = 49)
                  @Pattern(
                      value = "^[0-9a-fA-F.:]+/(0|[1-9][0-9]{0,2})$",
                      means = "a range of addresses such as 10.0.0.0/8")
                  String>
              trustedCidrs)
      implements Checked {
    @Override
    public void check(Violations violations) {
      if ((trustedHops == null) == (trustedCidrs == null)) {
        violations.add("", "set exactly one of trustedHops and trustedCidrs");
      }
      for (int i = 0; trustedCidrs != null && i < trustedCidrs.size(); i++) {
        if (!CidrRange.isRange(trustedCidrs.get(i))) {
          violations.add("trustedCidrs[" + i + "]", "not a range of addresses such as 10.0.0.0/8");
        }
      }
    }
  }

  /**
   * Limits of clients' connections and requests; docs/limits.md has the defaults. No time: 0s.
   *
   * @param requestHeadersKb request line and fields together, in kB of 1024 bytes
   * @param requestHeaders number of fields
   * @param concurrentStreams requests at once on a connection of HTTP/2 or HTTP/3
   * @param requestHeadersTimeout from the first byte of a head to its last
   * @param requestTimeout for the whole request, body included
   * @param streamIdleTimeout nothing moves on an exchange
   * @param connectionIdleTimeout without an exchange
   */
  public record HttpLimits(
      @Nullable @Range(min = 1, max = 8192) Integer requestHeadersKb,
      @Nullable @Range(min = 1, max = 65_536) Integer requestHeaders,
      @Nullable @Range(min = 1, max = Integer.MAX_VALUE) Integer concurrentStreams,
      @Nullable Duration requestHeadersTimeout,
      @Nullable Duration requestTimeout,
      @Nullable Duration streamIdleTimeout,
      @Nullable Duration connectionIdleTimeout) {
    /** Nothing set. */
    public static final HttpLimits NONE = new HttpLimits(null, null, null, null, null, null, null);

    private HttpLimits over(HttpLimits base) {
      return new HttpLimits(
          first(requestHeadersKb, base.requestHeadersKb),
          first(requestHeaders, base.requestHeaders),
          first(concurrentStreams, base.concurrentStreams),
          first(requestHeadersTimeout, base.requestHeadersTimeout),
          first(requestTimeout, base.requestTimeout),
          first(streamIdleTimeout, base.streamIdleTimeout),
          first(connectionIdleTimeout, base.connectionIdleTimeout));
    }
  }

  /**
   * The objects that run the proxies.
   *
   * @param replicas how many proxies; not with {@code autoscaling}
   * @param image of the proxy; null: that of the controller
   * @param podTemplate a part of a pod template, laid over last as {@code kubectl patch} does
   */
  @Cel(
      value = "!(has(self.replicas) && has(self.autoscaling))",
      message = "autoscaling decides about the number: remove replicas")
  @Cel(value = "!has(self.podLabels) || " + KEYS_OF + "podLabels" + ARE_KEYS, message = BAD_KEYS)
  @Cel(
      value = "!has(self.podAnnotations) || " + KEYS_OF + "podAnnotations" + ARE_KEYS,
      message = BAD_KEYS)
  public record Deployment(
      @Nullable @Range(min = 0, max = 1000) Integer replicas,
      @Nullable @Length(min = 1, max = 512) String image,
      @Nullable Resources resources,
      @Nullable @Items(max = 64) Map<String, String> podAnnotations,
      @Nullable @Items(max = 64)
          Map<
                  String,
                  @Length(max = 63)
                  @Pattern(
                      value = "^" + Names.LABEL_VALUE + "$",
                      means = "letters, digits, '-', '_' and '.'")
                  String>
              podLabels,
      @Nullable JsonObject podTemplate,
      @Nullable Autoscaling autoscaling,
      @Nullable PodDisruptionBudget podDisruptionBudget,
      @Nullable Service service,
      @Nullable ServiceAccount serviceAccount)
      implements Checked {
    /** Nothing set. */
    public static final Deployment NONE =
        new Deployment(null, null, null, null, null, null, null, null, null, null);

    @Override
    public void check(Violations violations) {
      if (replicas != null && autoscaling != null) {
        violations.add("replicas", "autoscaling decides about the number: remove replicas");
      }
      if (podLabels != null) {
        Names.checkKeys("podLabels", podLabels, violations);
      }
      if (podAnnotations != null) {
        Names.checkKeys("podAnnotations", podAnnotations, violations);
      }
    }

    private Deployment over(Deployment base) {
      return new Deployment(
          autoscaling == null ? first(replicas, base.replicas) : replicas,
          first(image, base.image),
          first(resources, base.resources),
          first(podAnnotations, base.podAnnotations),
          first(podLabels, base.podLabels),
          first(podTemplate, base.podTemplate),
          replicas == null ? first(autoscaling, base.autoscaling) : autoscaling,
          first(podDisruptionBudget, base.podDisruptionBudget),
          service != null && base.service != null
              ? service.over(base.service)
              : first(service, base.service),
          first(serviceAccount, base.serviceAccount));
    }
  }

  /** What a proxy asks of its machine and what it gets at most, by resource ({@code cpu}). */
  public record Resources(
      @Nullable @Items(max = 16) Map<String, @Quantity String> requests,
      @Nullable @Items(max = 16) Map<String, @Quantity String> limits) {}

  /**
   * As many proxies as the load asks for.
   *
   * @param targetCpuPercent of what the proxies request
   */
  @Cel(value = "self.minReplicas <= self.maxReplicas", message = "minReplicas is above maxReplicas")
  public record Autoscaling(
      @Range(min = 1, max = 1000) int minReplicas,
      @Range(min = 1, max = 1000) int maxReplicas,
      @Range(min = 1, max = 1000) int targetCpuPercent)
      implements Checked {
    @Override
    public void check(Violations violations) {
      if (minReplicas > maxReplicas) {
        violations.add("minReplicas", "minReplicas is above maxReplicas");
      }
    }
  }

  /** How many proxies evictions leave: exactly one of the two, as a number or in per cent. */
  @Cel(
      value = "has(self.minAvailable) != has(self.maxUnavailable)",
      message = "set exactly one of minAvailable and maxUnavailable")
  public record PodDisruptionBudget(
      @Nullable
          @Range(min = 0, max = 1000)
          @Pattern(value = PERCENT, means = "a number, or a percentage such as 50%")
          IntOrString minAvailable,
      @Nullable
          @Range(min = 0, max = 1000)
          @Pattern(value = PERCENT, means = "a number, or a percentage such as 50%")
          IntOrString maxUnavailable)
      implements Checked {
    private static final String PERCENT = "^(100|[1-9]?[0-9])%$";

    @Override
    public void check(Violations violations) {
      if ((minAvailable == null) == (maxUnavailable == null)) {
        violations.add("", "set exactly one of minAvailable and maxUnavailable");
      }
    }
  }

  /** The Service in front of the proxies. */
  @Cel(
      value = "!has(self.annotations) || " + KEYS_OF + "annotations" + ARE_KEYS,
      message = BAD_KEYS)
  public record Service(
      @Nullable ServiceType type,
      @Nullable @Items(max = 64) Map<String, String> annotations,
      @Nullable ExternalTrafficPolicy externalTrafficPolicy,
      @Nullable
          @Length(min = 1, max = 317)
          @Pattern(
              value = "^(" + Names.SUBDOMAIN + "/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$",
              means = "the name of a class, after an optional domain and '/'")
          String loadBalancerClass)
      implements Checked {
    @Override
    public void check(Violations violations) {
      if (annotations != null) {
        Names.checkKeys("annotations", annotations, violations);
      }
    }

    private Service over(Service base) {
      return new Service(
          first(type, base.type),
          first(annotations, base.annotations),
          first(externalTrafficPolicy, base.externalTrafficPolicy),
          first(loadBalancerClass, base.loadBalancerClass));
    }
  }

  /** How the Service is reached. */
  public enum ServiceType {
    @JsonName("ClusterIP")
    CLUSTER_IP,
    NODE_PORT,
    LOAD_BALANCER
  }

  /** Where connections from outside the cluster go. */
  public enum ExternalTrafficPolicy {
    /** To any proxy; they do not see the client's address. */
    CLUSTER,
    /** To proxies of the machine that they come to. */
    LOCAL
  }

  /** The account of the proxies. */
  @Cel(
      value = "!has(self.annotations) || " + KEYS_OF + "annotations" + ARE_KEYS,
      message = BAD_KEYS)
  public record ServiceAccount(@Nullable @Items(max = 64) Map<String, String> annotations)
      implements Checked {
    @Override
    public void check(Violations violations) {
      if (annotations != null) {
        Names.checkKeys("annotations", annotations, violations);
      }
    }
  }

  /**
   * Proxies that were started by hand or by systemd.
   *
   * @param addressPool range of IPv4 addresses of which each Gateway that names none gets one
   */
  @Cel(
      value = "!has(self.addressPool) || isCIDR(self.addressPool)",
      message = "addressPool is not a range of IPv4 addresses between /8 and /30")
  public record Host(
      @Nullable
          @Length(max = 18)
          @Pattern(
              value = "^([0-9]{1,3}\\.){3}[0-9]{1,3}/([89]|[12][0-9]|30)$",
              means = "a range of IPv4 addresses between /8 and /30, as 127.20.0.0/16 is")
          String addressPool)
      implements Checked {
    @Override
    public void check(Violations violations) {
      if (addressPool != null && !CidrRange.isPool(addressPool)) {
        violations.add(
            "addressPool",
            "not a range of IPv4 addresses between /8 and /30: 127.20.0.0/16 is one");
      }
    }
  }

  private static final String KEYS_OF = "self.";

  /** {@link Names#SUBDOMAIN} without a backslash, which CEL would take for its own. */
  private static final String SUBDOMAIN = Names.LABEL + "([.]" + Names.LABEL + ")*";

  /** As {@link Names#isQualified}. */
  private static final String ARE_KEYS =
      ".all(k, k.matches('^("
          + SUBDOMAIN
          + "/)?([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]$') && k.indexOf('/') <= 253)";

  private static final String BAD_KEYS =
      "keys are names of up to 63 letters, digits, '-', '_' and '.', after an optional domain and"
          + " '/'";

  @Override
  public void check(Violations violations) {
    if (deployment != null && host != null) {
      violations.add("host", "excludes deployment: remove one");
    }
  }

  /**
   * These, and where they leave something out, those of {@code base}. Lists, maps and objects of
   * which one field excludes another are taken as a whole; {@code deployment} here sets {@code
   * host} there aside, and the other way round.
   */
  public GatewayParameters over(GatewayParameters base) {
    Deployment baseDeployment = host == null ? base.deployment : null;
    return new GatewayParameters(
        http != null && base.http != null ? http.over(base.http) : first(http, base.http),
        deployment != null && baseDeployment != null
            ? deployment.over(baseDeployment)
            : first(deployment, baseDeployment),
        deployment == null ? first(host, base.host) : null);
  }

  private static <T> @Nullable T first(@Nullable T own, @Nullable T base) {
    return own == null ? base : own;
  }
}
