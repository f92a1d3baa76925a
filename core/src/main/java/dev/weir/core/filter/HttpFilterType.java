package dev.weir.core.filter;

import com.google.protobuf.Message;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A kind of HTTP filter as the data plane knows it: the door through which its xDS message becomes
 * a {@link CompiledFilter}.
 *
 * @param name Envoy's name of the filter, e.g. {@code envoy.filters.http.header_mutation}
 * @param phase its place in the chain
 * @param config its configuration on the listener as Weir's control plane sends it; any other of
 *     the same message type is understood too. A message that sets a field that its class does not
 *     have is rejected, so the class has to have those alone that the compiler honours
 * @param routeConfig message type of its configuration on a virtual host, route or weighted
 *     cluster; the same holds for it
 * @param extensions messages that the others may hold in an {@code Any}
 * @param levels which of several route configurations count; may depend on the listener's
 * @param compiler makes the filter for one route
 */
public record HttpFilterType<C extends Message, R extends Message>(
    String name,
    Phase phase,
    C config,
    R routeConfig,
    List<Message> extensions,
    Function<C, Levels> levels,
    Compiler<C, R> compiler) {

  /** A filter of which the most specific route configuration counts, as with most of Envoy's. */
  public HttpFilterType(
      String name, Phase phase, C config, R routeConfig, Compiler<C, R> compiler) {
    this(name, phase, config, routeConfig, List.of(), listener -> Levels.MOST_SPECIFIC, compiler);
  }

  /**
   * Configuration for a request may stand on the listener, the route configuration, the virtual
   * host, the route and the weighted cluster, each more specific than the one before.
   */
  public enum Levels {
    /** Beside the listener's, the most specific of the others. */
    MOST_SPECIFIC,
    /**
     * Beside the listener's, all others, as one: they are merged as protobuf merges, lists joined
     * and other fields replaced, beginning with the most specific.
     */
    SPECIFIC_FIRST,
    /** As {@link #SPECIFIC_FIRST}, but the most specific comes last. */
    SPECIFIC_LAST
  }

  /** Compiles one route's instance of the filter. Pure. */
  @FunctionalInterface
  public interface Compiler<C extends Message, R extends Message> {
    /**
     * Makes the filter of one route.
     *
     * @param config the listener's configuration (default instance if it sent none)
     * @param routeConfig that of the route, by {@link Levels} (default instance if none)
     * @return null if the filter has nothing to do on this route
     * @throws InvalidConfig if it cannot be honoured
     */
    @Nullable CompiledFilter compile(C config, R routeConfig) throws InvalidConfig;
  }
}
