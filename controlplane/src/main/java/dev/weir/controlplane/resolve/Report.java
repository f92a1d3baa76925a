package dev.weir.controlplane.resolve;

import dev.weir.controlplane.topology.GatewayTopology.Transport;
import dev.weir.controlplane.topology.ListenerRef;
import dev.weir.core.api.Kind;
import dev.weir.core.api.gateway.GatewayAddress;
import dev.weir.core.api.gateway.Listener.RouteGroupKind;
import dev.weir.core.api.gateway.ParentReference;
import dev.weir.core.problem.ObjectRef;
import dev.weir.core.problem.Problem;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What resolve has to say about the objects that Weir is in charge of: all that becomes status, but
 * for dates and for what only the proxies know. Every list is in order of {@code namespace/name}.
 *
 * @param problems the findings once more, as values that name object and field
 */
public record Report(
    List<ClassReport> classes,
    List<GatewayReport> gateways,
    List<ListenerSetReport> listenerSets,
    List<RouteReport> routes,
    List<PolicyReport> policies,
    List<Problem> problems) {
  /** Nothing to say. */
  public static final Report EMPTY =
      new Report(List.of(), List.of(), List.of(), List.of(), List.of(), List.of());

  public Report {
    classes = List.copyOf(classes);
    gateways = List.copyOf(gateways);
    listenerSets = List.copyOf(listenerSets);
    routes = List.copyOf(routes);
    policies = List.copyOf(policies);
    problems = List.copyOf(problems);
  }

  /**
   * An object by name and version.
   *
   * @param generation that the statements are about
   */
  public record Subject(Kind kind, ObjectRef ref, long generation) {}

  /** A GatewayClass of ours. */
  public record ClassReport(Subject subject, List<Statement> statements, List<String> features) {}

  /**
   * A Gateway of a class of ours.
   *
   * @param statements all but {@code Programmed}
   * @param unprogrammed {@code Programmed} if it is false already, whatever the proxies say
   * @param requested addresses that the spec names: these the proxy must be able to bind
   * @param attachedListenerSets how many, or null if ListenerSets are not implemented
   */
  public record GatewayReport(
      Subject subject,
      List<Statement> statements,
      @Nullable Statement unprogrammed,
      List<GatewayAddress> addresses,
      List<String> requested,
      List<ListenerReport> listeners,
      @Nullable Integer attachedListenerSets) {}

  /** A ListenerSet that names a Gateway of ours; see {@link GatewayReport}. */
  public record ListenerSetReport(
      Subject subject,
      ObjectRef gateway,
      List<Statement> statements,
      @Nullable Statement unprogrammed,
      List<ListenerReport> listeners) {}

  /**
   * One listener.
   *
   * @param gateway the Gateway on whose addresses it listens
   * @param transport what carries the bytes to its port
   * @param statements all but {@code Programmed}
   * @param unprogrammed {@code Programmed} if it is false already, whatever the proxies say
   */
  public record ListenerReport(
      ListenerRef ref,
      ObjectRef gateway,
      int port,
      Transport transport,
      List<RouteGroupKind> supportedKinds,
      int attachedRoutes,
      List<Statement> statements,
      @Nullable Statement unprogrammed) {}

  /** A route with a parent of ours. */
  public record RouteReport(Subject subject, List<ParentReport> parents) {
    public RouteReport {
      parents = List.copyOf(parents);
    }
  }

  /**
   * What a parent makes of a route.
   *
   * @param gateway the Gateway whose proxies are to run it, or null if it is not attached
   * @param statements all but {@code Ready}
   */
  public record ParentReport(
      ParentReference parent, @Nullable ObjectRef gateway, List<Statement> statements) {
    public ParentReport {
      statements = List.copyOf(statements);
    }
  }

  /** What an ancestor makes of a policy. */
  public record AncestorReport(ParentReference ancestor, List<Statement> statements) {}

  /** A policy that takes effect below a Gateway of ours. */
  public record PolicyReport(Subject subject, List<AncestorReport> ancestors) {}
}
