package dev.weir.conformance;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Steps that wait until the status of objects is as expected. */
sealed interface StatusStep extends Step {
  /** All pods are ready and all Gateways programmed, except those annotated to be skipped. */
  record WaitNamespacesReady(@Nullable String subtest, boolean parallel, List<String> namespaces)
      implements StatusStep {}

  /**
   * The Gateway has an address, the routes are accepted by it and its listeners are programmed.
   *
   * @param listenerConditionsChecked null means true
   * @param listeners whose address the requests use; not compared
   */
  record WaitRoutesAccepted(
      @Nullable String subtest,
      boolean parallel,
      Ref gateway,
      String routeKind,
      List<Ref> routes,
      @Nullable Boolean listenerConditionsChecked,
      @Nullable List<String> listeners)
      implements StatusStep {}

  /** The parent, a Gateway or ListenerSet, and the routes under it are accepted. */
  record WaitParentAccepted(
      @Nullable String subtest,
      boolean parallel,
      ParentName parent,
      String routeKind,
      List<Ref> routes)
      implements StatusStep {}

  record ParentName(String kind, @Nullable String namespace, String name) {
    Ref ref() {
      return new Ref(namespace, name);
    }
  }

  record WaitGatewayAddress(
      @Nullable String subtest, boolean parallel, Ref gateway, @Nullable String listener)
      implements StatusStep {}

  record RouteCondition(
      @Nullable String subtest,
      boolean parallel,
      String kind,
      Ref route,
      Ref gateway,
      ExpectedCondition condition)
      implements StatusStep {}

  record NoAcceptedParents(@Nullable String subtest, boolean parallel, String kind, Ref route)
      implements StatusStep {}

  record RouteParents(
      @Nullable String subtest,
      boolean parallel,
      String kind,
      Ref route,
      List<ExpectedParent> parents,
      boolean namespaceRequired)
      implements StatusStep {}

  record ExpectedParent(
      ParentRef parentRef, String controllerName, List<ExpectedCondition> conditions) {}

  record ParentRef(
      @Nullable String group,
      @Nullable String kind,
      @Nullable String namespace,
      String name,
      @Nullable String sectionName,
      @Nullable Integer port) {}

  record PolicyCondition(
      @Nullable String subtest,
      boolean parallel,
      String kind,
      Ref policy,
      Ref ancestor,
      ExpectedCondition condition)
      implements StatusStep {}

  record GatewayCondition(
      @Nullable String subtest, boolean parallel, Ref gateway, ExpectedCondition condition)
      implements StatusStep {}

  record ListenerSetCondition(
      @Nullable String subtest, boolean parallel, Ref listenerSet, ExpectedCondition condition)
      implements StatusStep {}

  record GatewayClassCondition(
      @Nullable String subtest, boolean parallel, String gatewayClass, ExpectedCondition condition)
      implements StatusStep {}

  /**
   * Listeners have conditions.
   *
   * @param listeners names, or "all"
   */
  record ListenersConditions(
      @Nullable String subtest,
      boolean parallel,
      String parentKind,
      Ref parent,
      List<String> listeners,
      List<ExpectedCondition> conditions)
      implements StatusStep {}

  record ListenersStatus(
      @Nullable String subtest,
      boolean parallel,
      String parentKind,
      Ref parent,
      List<ExpectedListener> listeners)
      implements StatusStep {}

  /**
   * A listener in the status of its Gateway or ListenerSet.
   *
   * @param supportedKinds empty: none may be supported
   */
  record ExpectedListener(
      String name,
      int attachedRoutes,
      List<ExpectedCondition> conditions,
      List<RouteKind> supportedKinds) {}

  record RouteKind(@Nullable String group, String kind) {}

  record AttachedListenerSets(@Nullable String subtest, boolean parallel, Ref gateway, int count)
      implements StatusStep {}

  record ZeroRoutes(@Nullable String subtest, boolean parallel, Ref gateway)
      implements StatusStep {}

  record ObservedGenerationCurrent(
      @Nullable String subtest, boolean parallel, String kind, Ref name) implements StatusStep {}

  record StatusAddresses(
      @Nullable String subtest,
      boolean parallel,
      Ref gateway,
      @Nullable Integer count,
      @Nullable String contains,
      @Nullable String notContains,
      boolean typeEqualsSpecType,
      boolean eventually)
      implements StatusStep {}

  record GeneratedResources(
      @Nullable String subtest,
      boolean parallel,
      String namespace,
      String labelSelector,
      List<String> kinds,
      boolean atLeastOneKindNonEmpty,
      int eventuallySeconds,
      Map<String, String> forFirstItemOfEachNonEmptyKind)
      implements StatusStep {}
}
