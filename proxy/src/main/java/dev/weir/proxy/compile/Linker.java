package dev.weir.proxy.compile;

import dev.weir.core.failure.Reason;
import dev.weir.core.filter.CompiledFilter;
import dev.weir.core.xds.ResourceKey;
import dev.weir.core.xds.ResourceType;
import dev.weir.core.xds.Verdict;
import dev.weir.core.xds.XdsSnapshot;
import dev.weir.core.xds.XdsSnapshot.Resource;
import dev.weir.proxy.compile.Compiled.Parts;
import dev.weir.proxy.compile.SecretValue.Certificate;
import dev.weir.proxy.compile.SecretValue.Trust;
import dev.weir.proxy.compile.TlsContexts.Demand;
import dev.weir.proxy.compile.TlsSpec.CertificateRef;
import dev.weir.proxy.compile.TlsSpec.TrustRef;
import dev.weir.proxy.plan.Action;
import dev.weir.proxy.plan.ChainPlan;
import dev.weir.proxy.plan.ChainTable;
import dev.weir.proxy.plan.ClusterPlan;
import dev.weir.proxy.plan.ClusterPlan.EndpointPlan;
import dev.weir.proxy.plan.DownstreamTls;
import dev.weir.proxy.plan.HttpPlan;
import dev.weir.proxy.plan.ListenerPlan;
import dev.weir.proxy.plan.Plan;
import dev.weir.proxy.plan.QuicListenerPlan;
import dev.weir.proxy.plan.RoutePlan;
import dev.weir.proxy.plan.RouteTable;
import dev.weir.proxy.plan.Router;
import dev.weir.proxy.plan.TcpListenerPlan;
import dev.weir.proxy.plan.TcpPlan;
import dev.weir.proxy.plan.TrafficPlan;
import dev.weir.proxy.plan.UdpListenerPlan;
import dev.weir.proxy.plan.UpstreamTls;
import dev.weir.proxy.tls.RefusingTls;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Puts compiled resources together. What lacks something it refers to fails closed: a filter chain
 * without any certificate, or without trust, refuses handshakes, one without routes answers 500, a
 * cluster without trust is not there. What comes out equal to a part of the plan before is that
 * part.
 */
final class Linker {
  /** Stands in for routes that are not there. */
  private static final RoutePlan NO_ROUTES =
      new RoutePlan(
          "no-route-configuration",
          new Action.Respond(500, Reason.INVALID_BACKEND, new byte[0]),
          new CompiledFilter[0]);

  private static final Router BROKEN = request -> NO_ROUTES;

  private final Parts parts;
  private final Compiled previous;
  private final Plan before;
  private final TlsContexts contexts;

  /** What the resource at hand lacks. */
  private final List<String> missing = new ArrayList<>();

  /** Those of before, until there are others. */
  private final Map<ResourceKey, Verdict> verdicts;

  Linker(Parts parts, Compiled previous) {
    this.parts = parts;
    this.previous = previous;
    this.before = previous.plan();
    this.contexts = new TlsContexts(TlsLibrary.available(), previous.contexts());
    this.verdicts = new HashMap<>(previous.verdicts());
  }

  Compiled link(XdsSnapshot snapshot) {
    Map<String, ClusterPlan> clusters = clusters();
    Map<String, ListenerPlan> listeners = HashMap.newHashMap(parts.listeners().size());
    parts
        .listeners()
        .forEach((name, held) -> {
          if (held.value() != null) {
            listeners.put(name, listener(held.value()));
          }
          judge(ResourceType.LISTENER, name, held);
        });
    forget(ResourceType.LISTENER, parts.listeners());
    Parts old = previous.parts();
    judge(ResourceType.SECRET, parts.secrets(), old.secrets());
    judge(ResourceType.CLUSTER_LOAD_ASSIGNMENT, parts.endpoints(), old.endpoints());
    judge(ResourceType.ROUTE_CONFIGURATION, parts.routes(), old.routes());
    boolean same = listeners.equals(before.listeners()) && clusters.equals(before.clusters());
    return new Compiled(
        snapshot,
        parts,
        contexts.used(),
        same ? before : new Plan(listeners, clusters),
        Map.copyOf(verdicts));
  }

  /** The clusters; those of the plan before if nothing about them has changed. */
  @SuppressWarnings("ReferenceEquality") // the parts of a type that did not change are the same
  private Map<String, ClusterPlan> clusters() {
    Parts old = previous.parts();
    if (parts.clusters() == old.clusters()
        && parts.endpoints() == old.endpoints()
        && parts.secrets() == old.secrets()) {
      contexts.keepClients();
      return before.clusters();
    }
    Map<String, ClusterPlan> clusters = HashMap.newHashMap(parts.clusters().size());
    parts
        .clusters()
        .forEach((name, held) -> {
          ClusterPlan plan = held.value() == null ? null : cluster(held.value());
          if (plan != null) {
            clusters.put(name, plan);
          }
          judge(ResourceType.CLUSTER, name, held);
        });
    forget(ResourceType.CLUSTER, parts.clusters());
    return clusters;
  }

  /** Judges resources that need no others. */
  @SuppressWarnings("ReferenceEquality") // the parts of a type that did not change are the same
  private void judge(
      ResourceType type, Map<String, ? extends Held<?, ?, ?>> now, Map<String, ?> then) {
    if (now != then) {
      now.forEach((name, held) -> judge(type, name, held));
      forget(type, now);
    }
  }

  private void forget(ResourceType type, Map<String, ?> all) {
    verdicts.keySet().removeIf(key -> key.type() == type && !all.containsKey(key.name()));
  }

  private void judge(ResourceType type, String name, Held<?, ?, ?> held) {
    ResourceKey key = new ResourceKey(type, name);
    String version = held.offered().version();
    Resource<?> running = held.running();
    Verdict verdict;
    if (held.error() != null) {
      verdict =
          new Verdict.Rejected(
              version, key + ": " + held.error(), running == null ? null : running.version());
    } else if (!missing.isEmpty()) {
      verdict = new Verdict.Incomplete(version, key + ": " + String.join("; ", missing));
    } else {
      verdict = new Verdict.Accepted(version);
    }
    missing.clear();
    verdicts.put(key, verdict);
  }

  // --- clusters --------------------------------------------------------------------------------

  private @Nullable ClusterPlan cluster(ClusterSpec spec) {
    UpstreamTls tls = null;
    if (spec.tls() != null) {
      tls = upstreamTls(spec.tls());
      if (tls == null) {
        return null;
      }
    }
    ClusterPlan plan = spec.plan(tls, endpoints(spec.endpoints()));
    ClusterPlan old = before.clusters().get(spec.name());
    return old != null && old.equals(plan) ? old : plan;
  }

  private List<EndpointPlan> endpoints(ClusterSpec.Endpoints where) {
    return switch (where) {
      case ClusterSpec.Endpoints.Inline(List<EndpointPlan> all) -> all;
      case ClusterSpec.Endpoints.Assigned(String name) -> {
        List<EndpointPlan> all =
            value(ResourceType.CLUSTER_LOAD_ASSIGNMENT, name, parts.endpoints());
        yield all == null ? List.of() : all;
      }
    };
  }

  private @Nullable UpstreamTls upstreamTls(TlsSpec.Client spec) {
    Certificate certificate = null;
    if (spec.certificate() != null) {
      certificate = certificate(spec.certificate());
      if (certificate == null) {
        return null;
      }
    }
    Demand servers = demand(spec.trust());
    if (servers == null) {
      return null;
    }
    if (servers.acceptsUntrusted()) {
      missing.add("the secret \"" + spec.trust().secret() + "\" would accept untrusted servers");
      return null;
    }
    try {
      return new UpstreamTls(contexts.client(spec, certificate, servers), spec.serverName());
    } catch (SSLException | IllegalArgumentException e) {
      missing.add("TLS cannot be set up: " + e.getMessage());
      return null;
    }
  }

  /** What peers must prove, or null if nothing says whom to trust. */
  private @Nullable Demand demand(TrustRef ref) {
    if (ref.secret() == null) {
      return ref.inline() == null ? null : new Demand(ref.inline(), null);
    }
    Trust authorities = secret(ref.secret(), Trust.class, "validation_context");
    if (authorities == null) {
      return null;
    }
    if (!authorities.hasAuthorities()) {
      missing.add("the secret \"" + ref.secret() + "\" has no trusted_ca");
      return null;
    }
    return new Demand(authorities, ref.inline());
  }

  // --- listeners -------------------------------------------------------------------------------

  private ListenerPlan listener(ListenerSpec spec) {
    ListenerPlan plan =
        switch (spec) {
          case ListenerSpec.Tcp tcp ->
              new TcpListenerPlan(tcp.name(), tcp.addresses(), table(tcp.chains(), tcp.secure()));
          case ListenerSpec.Quic quic ->
              new QuicListenerPlan(quic.name(), quic.addresses(), table(quic.chains(), true));
          case ListenerSpec.Udp(UdpListenerPlan udp) -> udp;
        };
    ListenerPlan old = before.listeners().get(plan.name());
    return old != null && old.equals(plan) ? old : plan;
  }

  private ChainTable table(List<ListenerSpec.Chain> specs, boolean secure) {
    Map<String, ChainPlan> exact = new HashMap<>();
    Map<String, ChainPlan> wildcard = new HashMap<>();
    ChainPlan otherwise = null;
    for (ListenerSpec.Chain chainSpec : specs) {
      ChainPlan chain = chain(chainSpec);
      if (chainSpec.serverNames().isEmpty()) {
        otherwise = chain;
      }
      for (String name : chainSpec.serverNames()) {
        if (name.startsWith("*")) {
          wildcard.put(name.substring(1), chain);
        } else {
          exact.put(name, chain);
        }
      }
    }
    return new ChainTable(exact, wildcard, otherwise, secure);
  }

  private ChainPlan chain(ListenerSpec.Chain spec) {
    DownstreamTls tls = spec.tls() == null ? null : downstreamTls(spec.tls());
    TrafficPlan traffic =
        switch (spec.traffic()) {
          case HttpSpec http -> new HttpPlan(http.name(), router(http), http.options());
          case TrafficSpec.Tcp(TcpPlan tcp) -> tcp;
        };
    return new ChainPlan(spec.name(), tls, traffic);
  }

  private DownstreamTls downstreamTls(TlsSpec.Server spec) {
    List<Certificate> certificates = new ArrayList<>();
    for (CertificateRef ref : spec.certificates()) {
      Certificate certificate = certificate(ref);
      if (certificate != null) {
        certificates.add(certificate);
      }
    }
    Demand clients = spec.clients() == null ? null : demand(spec.clients().trust());
    if (certificates.isEmpty() || (spec.clients() != null && clients == null)) {
      return RefusingTls.INSTANCE;
    }
    try {
      return contexts.server(spec, certificates, clients);
    } catch (SSLException | IllegalArgumentException e) {
      missing.add("TLS cannot be set up: " + e.getMessage());
      return RefusingTls.INSTANCE;
    }
  }

  private Router router(HttpSpec http) {
    return switch (http.routes()) {
      case HttpSpec.Routes.Inline(RouteTable table) -> table;
      case HttpSpec.Routes.Named(String name) -> {
        Map<HttpFilterChain, CompiledRoutes> byChain =
            value(ResourceType.ROUTE_CONFIGURATION, name, parts.routes());
        CompiledRoutes routes = byChain == null ? null : byChain.get(http.filters());
        if (byChain != null && routes == null) {
          missing.add("the routes \"" + name + "\" cannot be used with its filters");
        }
        yield routes == null ? BROKEN : routes.table();
      }
    };
  }

  // --- look-ups --------------------------------------------------------------------------------

  private @Nullable Certificate certificate(CertificateRef where) {
    return switch (where) {
      case CertificateRef.Inline(Certificate certificate) -> certificate;
      case CertificateRef.Named(String name) -> secret(name, Certificate.class, "tls_certificate");
    };
  }

  private <S extends SecretValue> @Nullable S secret(String name, Class<S> type, String field) {
    SecretValue secret = value(ResourceType.SECRET, name, parts.secrets());
    if (secret == null) {
      return null;
    }
    if (!type.isInstance(secret)) {
      missing.add("the secret \"" + name + "\" has no " + field);
      return null;
    }
    return type.cast(secret);
  }

  private <T> @Nullable T value(
      ResourceType type, String name, Map<String, ? extends Held<?, T, ?>> all) {
    Held<?, T, ?> held = all.get(name);
    if (held == null || held.value() == null) {
      missing.add(
          "needs the "
              + new ResourceKey(type, name)
              + ", which is "
              + (held == null ? "not there" : "rejected"));
      return null;
    }
    return held.value();
  }
}
