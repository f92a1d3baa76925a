package dev.weir.controlplane.resolve;

import dev.weir.controlplane.resolve.Report.GatewayReport;
import dev.weir.controlplane.resolve.Report.ListenerSetReport;
import dev.weir.controlplane.state.ClusterState;
import dev.weir.core.api.KubeObject;
import dev.weir.core.api.gateway.DefaultScope;
import dev.weir.core.api.gateway.ReferenceGrant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Works out what the objects mean together.
 *
 * <p>The result depends on the arguments alone. An instance remembers which certificates it has
 * read already and what the rules of routes came to, so keep one; it is not for concurrent use.
 */
public final class Resolver {
  private static final Comparator<Report.Subject> BY_NAME =
      Comparator.comparing((Report.Subject subject) -> subject.ref().namespace())
          .thenComparing(subject -> subject.ref().name());

  private final CredentialChecks checks = new CredentialChecks();
  private final KnownContents contents = new KnownContents();

  /** Resolves a state. Never fails: what is wrong with objects is in the report. */
  public Resolution resolve(ClusterState state, ResolveOptions options) {
    checks.startRun();
    contents.startRun(state, options);
    Lookup lookup = new Lookup(state);
    Problems problems = new Problems();
    ReferenceGrants grants = new ReferenceGrants(lookup.all(ReferenceGrant.TYPE));
    Certificates certificates = new Certificates(lookup, grants, checks);
    BackendTlsPolicies policies = new BackendTlsPolicies(lookup, certificates, options);
    BackendTrafficPolicies traffic = new BackendTrafficPolicies(lookup, options);
    Backends backends = new Backends(lookup, grants, policies, traffic, certificates);
    Filters filters = new Filters(backends, options);
    RouteKinds kinds =
        new RouteKinds(
            List.of(
                new HttpRoutes(backends, filters, options),
                new GrpcRoutes(backends, filters),
                StreamRoutes.tls(backends),
                StreamRoutes.tcp(backends),
                StreamRoutes.udp(backends)),
            options);
    EffectiveParameters parameters = new EffectiveParameters(state);
    GatewayClasses classes = new GatewayClasses(lookup, parameters, options);
    Namespaces namespaces = new Namespaces(lookup);
    ListenerSets listenerSets = new ListenerSets(lookup, namespaces, options);

    Collection<GatewayState> gateways =
        new Gateways(
                classes,
                parameters,
                listenerSets,
                new Listeners(kinds, certificates),
                certificates,
                options)
            .all(lookup);
    Attachments attachments = new Attachments(namespaces, problems);
    for (GatewayState gateway : gateways) {
      for (ListenerOwner owner : gateway.owners()) {
        attachments.offer(owner.object().ref(), gateway.listeners(owner));
      }
      if (gateway.object().spec().defaultScope() == DefaultScope.ALL) {
        attachments.takeByDefault(gateway.object().ref());
      }
      listenerSets.refused(gateway.object()).forEach(set -> attachments.refuse(set.ref()));
    }
    kinds.all().stream()
        .flatMap(kind -> routes(kind, lookup, backends))
        .sorted(Comparator.comparing(Route::object, Lookup.BY_AGE))
        .forEach(attachments::attach);

    GatewayReports reports = new GatewayReports(attachments, listenerSets, problems, options);
    List<GatewayReport> gatewayReports = new ArrayList<>();
    List<ListenerSetReport> setReports = new ArrayList<>();
    for (GatewayState gateway : gateways) {
      gatewayReports.add(reports.gateway(gateway));
      setReports.addAll(reports.listenerSets(gateway));
    }
    gatewayReports.sort(Comparator.comparing(GatewayReport::subject, BY_NAME));
    setReports.sort(Comparator.comparing(ListenerSetReport::subject, BY_NAME));
    return new Resolution(
        new TopologyBuilder(attachments).build(gateways),
        new Report(
            classes.reports(problems),
            gatewayReports,
            setReports,
            attachments.reports(),
            new PolicyReports(gateways, attachments, contents, problems)
                .of(
                    Stream.of(policies.reported(), traffic.reported())
                        .flatMap(Collection::stream)
                        .toList()),
            problems.all()));
  }

  private <S extends Record> Stream<Route> routes(
      RouteKind<S> kind, Lookup lookup, Backends backends) {
    Collection<KubeObject<S>> objects = lookup.all(kind.type());
    return objects.stream().map(object -> contents.route(object, kind, backends));
  }
}
