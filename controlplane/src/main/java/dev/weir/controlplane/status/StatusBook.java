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
import dev.weir.core.problem.ObjectRef;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes status from what resolve reports and what the proxies answer. Remembers what it wrote, so
 * that {@code lastTransitionTime} moves only when a condition changes, and a route of which there
 * is nothing new costs a look. Not for concurrent use.
 */
public final class StatusBook {
  private final String controllerName;
  private final Map<ObjectRef, Page> pages = new HashMap<>();
  private final ConditionDates.Latest latest = new ConditionDates.Latest();
  private Instant now = Instant.EPOCH;
  private long round;

  /** What is written of one object. */
  private static final class Page {
    final ConditionDates dates;

    /** In which it was looked at last. */
    long round;

    @Nullable RouteReport report;
    List<RouteReadiness> readiness = List.of();
    @Nullable ObjectStatus status;

    Page(ConditionDates dates) {
      this.dates = dates;
    }
  }

  /** A book without memory. */
  public StatusBook(String controllerName) {
    this.controllerName = controllerName;
  }

  /**
   * The status of all objects in the report: classes, gateways, ListenerSets, routes, policies. One
   * that says the same as before is the same instance.
   *
   * @param fleet what the proxies make of the snapshots of the same resolution
   * @param time of whatever changed
   */
  public List<ObjectStatus> write(Report report, Fleet fleet, Instant time) {
    // Times in Kubernetes objects have no fractions.
    now = time.truncatedTo(ChronoUnit.SECONDS);
    round++;
    DataPlane dataPlane = new DataPlane(fleet);
    List<ObjectStatus> statuses = new ArrayList<>(pages.size());
    for (ClassReport each : report.classes()) {
      Page page = page(each.subject());
      statuses.add(written(page, each.subject(), gatewayClass(each, page.dates)));
    }
    for (GatewayReport each : report.gateways()) {
      Page page = page(each.subject());
      statuses.add(written(page, each.subject(), gateway(each, dataPlane, page.dates)));
    }
    for (ListenerSetReport each : report.listenerSets()) {
      Page page = page(each.subject());
      statuses.add(written(page, each.subject(), set(each, dataPlane, page.dates)));
    }
    for (RouteReport each : report.routes()) {
      statuses.add(route(each, dataPlane));
    }
    for (PolicyReport each : report.policies()) {
      Page page = page(each.subject());
      statuses.add(written(page, each.subject(), policy(each, page.dates)));
    }
    if (pages.size() > statuses.size()) {
      pages.values().removeIf(page -> page.round != round);
    }
    return Collections.unmodifiableList(statuses);
  }

  private Page page(Subject subject) {
    Page page = found(subject);
    page.dates.startRound(now);
    return page;
  }

  private Page found(Subject subject) {
    Page page = pages.computeIfAbsent(subject.ref(), ref -> new Page(new ConditionDates(latest)));
    page.round = round;
    return page;
  }

  private static ObjectStatus written(Page page, Subject subject, Record content) {
    page.dates.endRound();
    ObjectStatus before = page.status;
    if (before == null || !before.content().equals(content)) {
      before = new ObjectStatus(subject.kind(), subject.ref(), content);
      page.status = before;
    }
    return before;
  }

  private GatewayClassStatus gatewayClass(ClassReport report, ConditionDates dates) {
    return new GatewayClassStatus(
        dates.conditions(report.subject(), "", report.statements()),
        report.features().stream().sorted().map(SupportedFeature::new).toList());
  }

  private GatewayStatus gateway(GatewayReport report, DataPlane dataPlane, ConditionDates dates) {
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
        listeners(report.subject(), report.listeners(), programmed, dates),
        report.attachedListenerSets());
  }

  private ListenerSetStatus set(
      ListenerSetReport report, DataPlane dataPlane, ConditionDates dates) {
    List<Statement> programmed = report.listeners().stream().map(dataPlane::programmed).toList();
    List<Statement> statements = new ArrayList<>(report.statements());
    statements.add(1, dataPlane.programmed(report.unprogrammed(), programmed));
    return new ListenerSetStatus(
        dates.conditions(report.subject(), "", statements),
        listeners(report.subject(), report.listeners(), programmed, dates));
  }

  private List<ListenerStatus> listeners(
      Subject owner,
      List<ListenerReport> listeners,
      List<Statement> programmed,
      ConditionDates dates) {
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

  @SuppressWarnings("ReferenceEquality") // resolve keeps the report of a route that stays as it is
  private ObjectStatus route(RouteReport report, DataPlane dataPlane) {
    Page page = found(report.subject());
    List<RouteReadiness> readiness = dataPlane.ready(report);
    ObjectStatus before = page.status;
    if (before != null && page.report == report && page.readiness.equals(readiness)) {
      return before;
    }
    page.report = report;
    page.readiness = readiness;
    page.dates.startRound(now);
    List<RouteParentStatus> parents = new ArrayList<>();
    for (int i = 0; i < report.parents().size(); i++) {
      ParentReport parent = report.parents().get(i);
      parents.add(
          new RouteParentStatus(
              parent.parent(),
              controllerName,
              conditions(report.subject(), parent, readiness.get(i), page.dates)));
    }
    return written(page, report.subject(), new RouteStatus(parents));
  }

  private static List<Condition> conditions(
      Subject route, ParentReport parent, RouteReadiness readiness, ConditionDates dates) {
    List<Statement> statements = new ArrayList<>(parent.statements());
    return switch (readiness) {
      case RouteReadiness.Unattached unattached ->
          dates.conditions(route, parent.parent(), statements);
      case RouteReadiness.Settled(Statement statement) -> {
        statements.add(statement);
        yield dates.conditions(route, parent.parent(), statements);
      }
      case RouteReadiness.Unsettled(Statement statement) -> {
        statements.add(statement);
        yield dates.conditions(route, parent.parent(), statements, ConditionType.READY);
      }
    };
  }

  private PolicyStatus policy(PolicyReport report, ConditionDates dates) {
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
