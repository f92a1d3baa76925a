package dev.weir.proxy.compile;

import dev.weir.core.filter.HttpFilterType;
import dev.weir.core.filter.InvalidConfig;
import dev.weir.core.xds.XdsSnapshot;
import dev.weir.envoy.config.route.v3.RouteConfiguration;
import dev.weir.proxy.compile.Compiled.Parts;
import dev.weir.proxy.compile.EndpointCompiler.Names;
import dev.weir.proxy.compile.Held.Check;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Compiles snapshots to plans. A pure function: no clock, no I/O, no logging. It has two steps:
 * each resource by itself, only if it changed; then the links between them, which is cheap.
 *
 * <p>A resource that cannot be honoured, or that sets a field which the proxy does not implement,
 * is rejected: its last good version stays in use, and nothing else is affected.
 */
public final class Compiler {
  /** Nothing that a result could depend on besides the message. */
  enum NoDependency {
    NONE
  }

  private final List<HttpFilterType<?, ?>> filters;
  private final KnownTypes types;
  private final ListenerCompiler listeners;
  private final ClusterCompiler clusters;

  /** Read when first needed: what was accepted before starts without. */
  private volatile @Nullable SupportedFields fields;

  /**
   * A compiler.
   *
   * @param filters the HTTP filters that connection managers may use besides the router
   */
  public Compiler(List<HttpFilterType<?, ?>> filters) {
    this.filters = List.copyOf(filters);
    this.types = new KnownTypes(filters);
    this.listeners = new ListenerCompiler(types, new HttpCompiler(types, this.filters));
    this.clusters = new ClusterCompiler(types);
  }

  /**
   * The plan for {@code next}.
   *
   * @param previous the result before, {@link Compiled#NOTHING} at first
   */
  public Compiled compile(XdsSnapshot next, Compiled previous) {
    return compile(next, previous, (message, good) -> fields().unsupported(message, good));
  }

  private SupportedFields fields() {
    SupportedFields known = fields;
    if (known == null) {
      known = new SupportedFields(filters);
      fields = known;
    }
    return known;
  }

  /**
   * The first plan of a process, from what the one before ran.
   *
   * @param accepted all of it by this version of Weir, which looked at every field then
   */
  public Compiled restore(XdsSnapshot accepted) {
    return compile(accepted, Compiled.NOTHING, (message, good) -> List.of());
  }

  private Compiled compile(XdsSnapshot next, Compiled previous, Check check) {
    Parts before = previous.parts();
    XdsSnapshot last = previous.snapshot();
    var secrets =
        Held.update(
            before.secrets(),
            last.secrets(),
            next.secrets(),
            name -> NoDependency.NONE,
            check,
            (message, none, earlier) -> SecretCompiler.compile(message));
    var endpoints =
        Held.update(
            before.endpoints(),
            last.endpoints(),
            next.endpoints(),
            name -> NoDependency.NONE,
            check,
            (message, none, earlier) ->
                EndpointCompiler.compile(message, Names.REFUSED, FieldPath.ROOT));
    var clusterSpecs =
        Held.update(
            before.clusters(),
            last.clusters(),
            next.clusters(),
            name -> NoDependency.NONE,
            check,
            (message, none, earlier) -> clusters.compile(message));
    var listenerSpecs =
        Held.update(
            before.listeners(),
            last.listeners(),
            next.listeners(),
            name -> NoDependency.NONE,
            check,
            (message, none, earlier) -> listeners.compile(message));
    Map<String, Set<HttpFilterChain>> chains = chains(listenerSpecs.values());
    Map<HttpFilterChain, CompiledRoutes> largest = new HashMap<>();
    var routes =
        Held.update(
            before.routes(),
            last.routes(),
            next.routes(),
            // Routes that nobody uses are checked all the same.
            name -> chains.getOrDefault(name, Set.of(HttpFilterChain.EMPTY)),
            check,
            (message, used, earlier) -> routes(message, used, earlier, largest));
    return new Linker(new Parts(secrets, endpoints, clusterSpecs, listenerSpecs, routes), previous)
        .link(next);
  }

  /** The filter chains that each route configuration is used with. */
  private static Map<String, Set<HttpFilterChain>> chains(
      Iterable<? extends Held<?, ListenerSpec, ?>> listeners) {
    Map<String, Set<HttpFilterChain>> chains = new HashMap<>();
    for (Held<?, ListenerSpec, ?> listener : listeners) {
      if (listener.value() instanceof ListenerSpec.Tcp tcp) {
        for (ListenerSpec.Chain chain : tcp.chains()) {
          if (chain.traffic() instanceof HttpSpec http
              && http.routes() instanceof HttpSpec.Routes.Named(String name)) {
            chains.computeIfAbsent(name, any -> new HashSet<>()).add(http.filters());
          }
        }
      }
    }
    return chains;
  }

  /**
   * The routes of one configuration, for each chain that it is used with.
   *
   * @param largest of the configurations compiled so far, for each chain the one with most hosts:
   *     listeners with and without TLS often serve the same
   */
  private Map<HttpFilterChain, CompiledRoutes> routes(
      RouteConfiguration message,
      Set<HttpFilterChain> chains,
      @Nullable Map<HttpFilterChain, CompiledRoutes> earlier,
      Map<HttpFilterChain, CompiledRoutes> largest)
      throws InvalidConfig {
    Map<HttpFilterChain, CompiledRoutes> routes = new HashMap<>();
    for (HttpFilterChain chain : chains) {
      CompiledRoutes before = earlier == null ? null : earlier.get(chain);
      CompiledRoutes compiled =
          new RouteCompiler(types, chain)
              .compile(message, before, largest.get(chain), FieldPath.ROOT);
      routes.put(chain, compiled);
      largest.merge(chain, compiled, (a, b) -> b.hosts().size() > a.hosts().size() ? b : a);
    }
    return routes;
  }
}
