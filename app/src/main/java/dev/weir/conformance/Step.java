package dev.weir.conformance;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import org.jspecify.annotations.Nullable;

/** One step of a case. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "action")
@JsonSubTypes({
  @JsonSubTypes.Type(name = "waitNamespacesReady", value = StatusStep.WaitNamespacesReady.class),
  @JsonSubTypes.Type(
      name = "waitGatewayAndRoutesAccepted",
      value = StatusStep.WaitRoutesAccepted.class),
  @JsonSubTypes.Type(
      name = "waitRoutesAndParentAccepted",
      value = StatusStep.WaitParentAccepted.class),
  @JsonSubTypes.Type(name = "waitGatewayAddress", value = StatusStep.WaitGatewayAddress.class),
  @JsonSubTypes.Type(name = "expectRouteCondition", value = StatusStep.RouteCondition.class),
  @JsonSubTypes.Type(
      name = "expectRouteNoAcceptedParents",
      value = StatusStep.NoAcceptedParents.class),
  @JsonSubTypes.Type(name = "expectRouteParents", value = StatusStep.RouteParents.class),
  @JsonSubTypes.Type(name = "expectPolicyCondition", value = StatusStep.PolicyCondition.class),
  @JsonSubTypes.Type(name = "expectGatewayCondition", value = StatusStep.GatewayCondition.class),
  @JsonSubTypes.Type(
      name = "expectListenerSetCondition",
      value = StatusStep.ListenerSetCondition.class),
  @JsonSubTypes.Type(
      name = "expectGatewayClassCondition",
      value = StatusStep.GatewayClassCondition.class),
  @JsonSubTypes.Type(
      name = "expectListenersConditions",
      value = StatusStep.ListenersConditions.class),
  @JsonSubTypes.Type(name = "expectListenersStatus", value = StatusStep.ListenersStatus.class),
  @JsonSubTypes.Type(
      name = "expectGatewayAttachedListenerSets",
      value = StatusStep.AttachedListenerSets.class),
  @JsonSubTypes.Type(name = "expectGatewayZeroRoutes", value = StatusStep.ZeroRoutes.class),
  @JsonSubTypes.Type(
      name = "expectObservedGenerationCurrent",
      value = StatusStep.ObservedGenerationCurrent.class),
  @JsonSubTypes.Type(
      name = "expectGatewayStatusAddresses",
      value = StatusStep.StatusAddresses.class),
  @JsonSubTypes.Type(
      name = "expectGeneratedResources",
      value = StatusStep.GeneratedResources.class),
  @JsonSubTypes.Type(name = "get", value = ObjectStep.Get.class),
  @JsonSubTypes.Type(name = "patch", value = ObjectStep.Patch.class),
  @JsonSubTypes.Type(name = "apply", value = ObjectStep.Apply.class),
  @JsonSubTypes.Type(name = "delete", value = ObjectStep.Delete.class),
  @JsonSubTypes.Type(name = "patchEndpointSlices", value = ObjectStep.PatchEndpointSlices.class),
  @JsonSubTypes.Type(name = "sleep", value = ObjectStep.Sleep.class),
  @JsonSubTypes.Type(name = "expectObject", value = ObjectStep.ExpectObject.class),
  @JsonSubTypes.Type(name = "expectGenerationChanged", value = ObjectStep.GenerationChanged.class),
  @JsonSubTypes.Type(name = "skipIfFeatureSupported", value = ObjectStep.SkipIfSupported.class),
  @JsonSubTypes.Type(
      name = "skipUnlessFeatureSupported",
      value = ObjectStep.SkipUnlessSupported.class),
  @JsonSubTypes.Type(name = "request", value = TrafficStep.Request.class),
  @JsonSubTypes.Type(name = "requestExpectFailure", value = TrafficStep.RequestFails.class),
  @JsonSubTypes.Type(name = "repeatRequest", value = TrafficStep.RepeatRequest.class),
  @JsonSubTypes.Type(name = "grpcRequest", value = TrafficStep.GrpcRequest.class),
  @JsonSubTypes.Type(name = "grpcRequestExpectFailure", value = TrafficStep.GrpcRequestFails.class),
  @JsonSubTypes.Type(name = "weightedDistribution", value = TrafficStep.WeightedDistribution.class),
  @JsonSubTypes.Type(name = "websocket", value = TrafficStep.WebSocketEcho.class),
  @JsonSubTypes.Type(name = "tcpConnect", value = TrafficStep.TcpConnect.class),
  @JsonSubTypes.Type(name = "tcpEcho", value = TrafficStep.TcpEcho.class),
  @JsonSubTypes.Type(name = "tcpEchoRepeat", value = TrafficStep.TcpEchoRepeat.class),
  @JsonSubTypes.Type(name = "tlsConnectExpectRejected", value = TrafficStep.TlsRejected.class),
  @JsonSubTypes.Type(name = "udpEcho", value = TrafficStep.UdpEcho.class),
  @JsonSubTypes.Type(name = "udpEchoRepeat", value = TrafficStep.UdpEchoRepeat.class),
  @JsonSubTypes.Type(name = "dnsQuery", value = TrafficStep.DnsQuery.class),
})
sealed interface Step permits StatusStep, ObjectStep, TrafficStep {
  /** Path of the subtest's names, for display. */
  @Nullable String subtest();

  /** May run at the same time as its neighbours that say so too. */
  boolean parallel();
}
