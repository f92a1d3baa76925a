package dev.weir.controlplane.resolve;

import dev.weir.controlplane.resolve.Report.ClassReport;
import dev.weir.controlplane.resolve.Report.GatewayReport;
import dev.weir.controlplane.resolve.Report.ListenerSetReport;
import dev.weir.controlplane.resolve.Report.PolicyReport;
import dev.weir.controlplane.state.ClusterState;
import dev.weir.controlplane.state.ClusterState.Changes;
import dev.weir.core.api.KubeObject;
import dev.weir.core.api.ObjectType;
import dev.weir.core.api.gateway.DefaultScope;
import dev.weir.core.api.gateway.GrpcRoute;
import dev.weir.core.api.gateway.HttpRoute;
import dev.weir.core.api.gateway.ReferenceGrant;
import dev.weir.core.api.gateway.TcpRoute;
import dev.weir.core.api.gateway.TlsRoute;
import dev.weir.core.api.gateway.UdpRoute;
import dev.weir.core.api.k8s.EndpointSlice;
import dev.weir.core.problem.ObjectRef;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What routes stand on: everything that objects other than routes come to, and on top of it the
 * routes, which come and go one by one. Routes say nothing about each other, and endpoints come in
 * later; while nothing else has changed, an object that is the same instance as before means the
 * same. Not for concurrent use.
 */
final class Ground {
  static final Set<ObjectType<?>> ROUTES =
      Set.of(HttpRoute.TYPE, GrpcRoute.TYPE, TlsRoute.TYPE, TcpRoute.TYPE, UdpRoute.TYPE);

  /** What the ground does not depend on. */
  private static final Set<ObjectType<?>> APART =
      Stream.concat(ROUTES.stream(), Stream.of(EndpointSlice.TYPE))
          .collect(Collectors.toUnmodifiableSet());

  private static final Comparator<Report.Subject> BY_NAME =
      Comparator.comparing((Report.Subject subject) -> subject.ref().namespace())
          .thenComparing(subject -> subject.ref().name());

  private final ResolveOptions options;
  private final Backends backends;
  private final RouteKinds kinds;
  private final GatewayClasses classes;
  private final Namespaces namespaces;
  private final ListenerSets listenerSets;
  private final Collection<GatewayState> gateways;
  private final List<AttachedPolicy> policies;

  private final Map<ObjectRef, Route> routes = new HashMap<>();
  private Attachments attachments;

  /** The state of which the routes are. */
  private ClusterState state;

  /** The ground of a state, without any route. */
  Ground(ClusterState whole, ResolveOptions options, CredentialChecks checks) {
    this.options = options;
    // Routes of this state are not kept alive by what outlasts them.
    this.state = whole.without(APART);
    Lookup lookup = new Lookup(state);
    ReferenceGrants grants = new ReferenceGrants(lookup.all(ReferenceGrant.TYPE));
    Certificates certificates = new Certificates(lookup, grants, checks);
    BackendTlsPolicies tls = new BackendTlsPolicies(lookup, certificates, options);
    BackendTrafficPolicies traffic = new BackendTrafficPolicies(lookup, options);
    this.backends = new Backends(lookup, grants, tls, traffic, certificates);
    Filters filters = new Filters(backends, options);
    this.kinds =
        new RouteKinds(
            List.of(
                new HttpRoutes(backends, filters, options),
                new GrpcRoutes(backends, filters),
                StreamRoutes.tls(backends),
                StreamRoutes.tcp(backends),
                StreamRoutes.udp(backends)),
            options);
    EffectiveParameters parameters = new EffectiveParameters(state);
    this.classes = new GatewayClasses(lookup, parameters, options);
    this.namespaces = new Namespaces(lookup);
    this.listenerSets = new ListenerSets(lookup, namespaces, options);
    this.gateways =
        new Gateways(
                classes,
                parameters,
                listenerSets,
                new Listeners(kinds, certificates),
                certificates,
                options)
            .all(lookup);
    this.policies =
        Stream.of(tls.reported(), traffic.reported()).flatMap(Collection::stream).toList();
    this.attachments = nothingAttached();
  }

  private Attachments nothingAttached() {
    Attachments nothing = new Attachments(namespaces);
    for (GatewayState gateway : gateways) {
      for (ListenerOwner owner : gateway.owners()) {
        nothing.offer(owner.object().ref(), gateway.listeners(owner));
      }
      if (gateway.object().spec().defaultScope() == DefaultScope.ALL) {
        nothing.takeByDefault(gateway.object().ref());
      }
      listenerSets.refused(gateway.object()).forEach(set -> nothing.refuse(set.ref()));
    }
    return nothing;
  }

  /** Whether a state with its options has the same ground. */
  boolean carries(ClusterState other, ResolveOptions asked) {
    return options.equals(asked) && state.equalsBut(APART, other);
  }

  /** Lets routes come and go until they are those of {@code next}, which this ground carries. */
  void follow(ClusterState next) {
    List<ObjectRef> gone = new ArrayList<>();
    List<Route> come = new ArrayList<>();
    boolean anew = routes.isEmpty();
    for (RouteKind<?> kind : kinds.all()) {
      compare(kind, next, gone, come);
    }
    state = next;
    gone.forEach(routes::remove);
    come.forEach(route -> routes.put(route.ref(), route));
    come.sort(Route.OLDEST_FIRST);
    boolean contested = false;
    for (ObjectRef ref : gone) {
      contested |= attachments.detach(ref);
    }
    for (Route route : come) {
      contested |= attachments.attach(route);
    }
    if (contested && !anew) {
      attachments = nothingAttached();
      routes.values().stream().sorted(Route.OLDEST_FIRST).forEach(attachments::attach);
    }
  }

  private <S extends Record> void compare(
      RouteKind<S> kind, ClusterState next, List<ObjectRef> gone, List<Route> come) {
    Changes<S> changes = next.changes(kind.type(), state);
    changes.gone().forEach(object -> gone.add(object.ref()));
    for (KubeObject<S> object : changes.come()) {
      come.add(Route.of(object, kind, backends));
    }
  }

  /** What ground and routes mean together. */
  Resolution resolution() {
    Problems problems = new Problems();
    attachments.findings(problems);
    GatewayReports reports = new GatewayReports(attachments, listenerSets, problems, options);
    List<GatewayReport> gatewayReports = new ArrayList<>();
    List<ListenerSetReport> setReports = new ArrayList<>();
    for (GatewayState gateway : gateways) {
      gatewayReports.add(reports.gateway(gateway));
      setReports.addAll(reports.listenerSets(gateway));
    }
    gatewayReports.sort(Comparator.comparing(GatewayReport::subject, BY_NAME));
    setReports.sort(Comparator.comparing(ListenerSetReport::subject, BY_NAME));
    PolicyReports ofPolicies = new PolicyReports(gateways, attachments, problems);
    List<ClassReport> classReports = classes.reports(problems);
    List<PolicyReport> policyReports = ofPolicies.of(policies);
    return new Resolution(
        new TopologyBuilder(attachments, ofPolicies::beyond).build(gateways),
        new Report(
            classReports,
            gatewayReports,
            setReports,
            attachments.reports(),
            policyReports,
            problems.all()));
  }
}
