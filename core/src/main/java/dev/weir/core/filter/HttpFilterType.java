package dev.weir.core.filter;

import com.google.protobuf.Message;
import java.util.List;

/**
 * A kind of HTTP filter as the data plane knows it: the door through which its xDS message becomes
 * a {@link CompiledFilter}.
 *
 * @param name Envoy's name of the filter, e.g. {@code envoy.filters.http.header_mutation}
 * @param phase its place in the chain
 * @param config message type of its configuration on the listener
 * @param routeConfig message type of its configuration on a virtual host, route or weighted cluster
 * @param supportedFields field paths of both messages that the compiler honours; a message that
 *     sets another one is rejected
 * @param compiler makes the filter for one route
 */
public record HttpFilterType<C extends Message, R extends Message>(
    String name,
    Phase phase,
    C config,
    R routeConfig,
    List<String> supportedFields,
    Compiler<C, R> compiler) {

  /** Compiles one route's instance of the filter. Pure. */
  @FunctionalInterface
  public interface Compiler<C extends Message, R extends Message> {
    /**
     * Makes the filter of one route.
     *
     * @param config the listener's configuration (default instance if it sent none)
     * @param routeConfig the most specific configuration of the route (default instance if none)
     * @throws InvalidConfig if it cannot be honoured
     */
    CompiledFilter compile(C config, R routeConfig) throws InvalidConfig;
  }
}
