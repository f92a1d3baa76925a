package dev.weir.controlplane.status;

import dev.weir.controlplane.resolve.ConditionType;
import dev.weir.controlplane.resolve.Report;
import dev.weir.controlplane.resolve.Report.ClassReport;
import dev.weir.controlplane.resolve.Report.GatewayReport;
import dev.weir.controlplane.resolve.Report.ListenerReport;
import dev.weir.controlplane.resolve.Report.ListenerSetReport;
import dev.weir.controlplane.resolve.Report.ParentReport;
import dev.weir.controlplane.resolve.Report.PolicyReport;
import dev.weir.controlplane.resolve.Report.RouteReport;
import dev.weir.controlplane.resolve.Report.Subject;
import dev.weir.controlplane.resolve.Statement;
import dev.weir.controlplane.status.DataPlane.RouteReadiness;
import dev.weir.core.api.Condition;
import dev.weir.core.api.gateway.GatewayAddress;
import dev.weir.core.api.gateway.GatewayClassStatus;
import dev.weir.core.api.gateway.GatewayClassStatus.SupportedFeature;
import dev.weir.core.api.gateway.GatewayStatus;
import dev.weir.core.api.gateway.ListenerSetStatus;
import dev.weir.core.api.gateway.ListenerStatus;
import dev.weir.core.api.gateway.PolicyStatus;
import dev.weir.core.api.gateway.PolicyStatus.PolicyAncestorStatus;
import dev.weir.core.api.gateway.RouteStatus;
import dev.weir.core.api.gateway.RouteStatus.RouteParentStatus;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes status from what resolve reports and what the proxies answer. Remembers what it wrote, so
 * that {@code lastTransitionTime} moves only when a condition changes. Not for concurrent use.
 */
public final class StatusBook {
  private final String controllerName;
  private final ConditionDates dates = new ConditionDates();

  /** A book without memory. */
  public StatusBook(String controllerName) {
    this.controllerName = controllerName;
  }

  /**
   * The status of all objects in the report: classes, gateways, ListenerSets, routes, policies.
   *
   * @param fleet what the proxies make of the snapshots of the same resolution
   * @param now the time of whatever changed
   */
  public List<ObjectStatus> write(Report report, Fleet fleet, Instant now) {
    // Times in Kubernetes objects have no fractions.
    dates.startRound(now.truncatedTo(ChronoUnit.SECONDS));
    DataPlane dataPlane = new DataPlane(fleet);
    List<ObjectStatus> statuses = new ArrayList<>();
    report.classes().forEach(each -> add(statuses, each.subject(), gatewayClass(each)));
    report.gateways().forEach(each -> add(statuses, each.subject(), gateway(each, dataPlane)));
    report.listenerSets().forEach(each -> add(statuses, each.subject(), set(each, dataPlane)));
    report.routes().forEach(each -> add(statuses, each.subject(), route(each, dataPlane)));
    report.policies().forEach(each -> add(statuses, each.subject(), policy(each)));
    return List.copyOf(statuses);
  }

  private static void add(List<ObjectStatus> statuses, Subject subject, Record content) {
    statuses.add(new ObjectStatus(subject.kind(), subject.ref(), content));
  }

  private GatewayClassStatus gatewayClass(ClassReport report) {
    return new GatewayClassStatus(
        dates.conditions(report.subject(), "", report.statements()),
        report.features().stream().sorted().map(SupportedFeature::new).toList());
  }

  private GatewayStatus gateway(GatewayReport report, DataPlane dataPlane) {
    List<Statement> programmed = report.listeners().stream().map(dataPlane::programmed).toList();
    Statement unprogrammed = report.unprogrammed();
    if (unprogrammed == null) {
      unprogrammed = dataPlane.unusableAddresses(report);
    }
    List<Statement> statements = new ArrayList<>(report.statements());
    Statement gatewayProgrammed = dataPlane.programmed(unprogrammed, programmed);
    statements.add(1, gatewayProgrammed);
    statements.add(2, dataPlane.ready(report.subject().ref(), gatewayProgrammed));
    List<GatewayAddress> addresses =
        report.addresses().stream()
            .filter(address -> !dataPlane.unusable(report.subject().ref(), address.value()))
            .toList();
    return new GatewayStatus(
        addresses,
        dates.conditions(report.subject(), "", statements),
        listeners(report.subject(), report.listeners(), programmed),
        report.attachedListenerSets());
  }

  private ListenerSetStatus set(ListenerSetReport report, DataPlane dataPlane) {
    List<Statement> programmed = report.listeners().stream().map(dataPlane::programmed).toList();
    List<Statement> statements = new ArrayList<>(report.statements());
    statements.add(1, dataPlane.programmed(report.unprogrammed(), programmed));
    return new ListenerSetStatus(
        dates.conditions(report.subject(), "", statements),
        listeners(report.subject(), report.listeners(), programmed));
  }

  private List<ListenerStatus> listeners(
      Subject owner, List<ListenerReport> listeners, List<Statement> programmed) {
    List<ListenerStatus> statuses = new ArrayList<>();
    for (int i = 0; i < listeners.size(); i++) {
      ListenerReport listener = listeners.get(i);
      List<Statement> statements = new ArrayList<>(listener.statements());
      statements.add(1, programmed.get(i));
      statuses.add(
          new ListenerStatus(
              listener.ref().name(),
              listener.supportedKinds(),
              listener.attachedRoutes(),
              dates.conditions(owner, listener.ref().name(), statements)));
    }
    return statuses;
  }

  private RouteStatus route(RouteReport report, DataPlane dataPlane) {
    return new RouteStatus(
        report.parents().stream()
            .map(parent ->
                new RouteParentStatus(
                    parent.parent(),
                    controllerName,
                    conditions(report.subject(), parent, dataPlane)))
            .toList());
  }

  private List<Condition> conditions(Subject route, ParentReport parent, DataPlane dataPlane) {
    if (parent.gateway() == null) {
      return dates.conditions(route, parent.parent(), parent.statements());
    }
    RouteReadiness readiness = dataPlane.ready(parent.gateway(), route.ref());
    List<Statement> statements = new ArrayList<>(parent.statements());
    statements.add(readiness.statement());
    return switch (readiness) {
      case RouteReadiness.Settled settled -> dates.conditions(route, parent.parent(), statements);
      case RouteReadiness.Unsettled unsettled ->
          dates.conditions(route, parent.parent(), statements, ConditionType.READY);
    };
  }

  private PolicyStatus policy(PolicyReport report) {
    return new PolicyStatus(
        report.ancestors().stream()
            .map(ancestor ->
                new PolicyAncestorStatus(
                    ancestor.ancestor(),
                    controllerName,
                    dates.conditions(report.subject(), ancestor.ancestor(), ancestor.statements())))
            .toList());
  }
}
