package dev.weir.conformance;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Steps that send something through the gateway. */
sealed interface TrafficStep extends Step {
  Target to();

  /**
   * Where to send.
   *
   * @param listener whose address is meant; all listeners of a Gateway have the same one
   */
  record Target(Ref gateway, @Nullable String listener, int port) {}

  /**
   * The client side of TLS.
   *
   * @param serverName for SNI and for the check of the certificate
   * @param trust null: any certificate will do
   */
  record Tls(String serverName, @Nullable Pem trust, @Nullable Pem clientCert) {}

  /**
   * A request as the client sends it.
   *
   * @param host null: the address of the gateway, with its port unless that is the scheme's
   * @param path with query
   * @param followRedirects null means true
   */
  record HttpCall(
      String method,
      String path,
      String protocol,
      @Nullable String host,
      @Nullable Map<String, String> headers,
      @Nullable Map<String, String> backendSetResponseHeaders,
      @Nullable Boolean followRedirects,
      @Nullable String body) {}

  record Request(
      @Nullable String subtest,
      boolean parallel,
      @Nullable String testCaseName,
      Target to,
      @Nullable Tls tls,
      HttpCall request,
      ExpectedExchange expect)
      implements TrafficStep {}

  record RequestFails(
      @Nullable String subtest,
      boolean parallel,
      @Nullable String testCaseName,
      Target to,
      @Nullable Tls tls,
      HttpCall request,
      ExpectedFailure expect)
      implements TrafficStep {}

  /**
   * How an exchange must fail.
   *
   * @param transportError the exchange must break
   */
  record ExpectedFailure(
      boolean transportError,
      @Nullable Boolean transportErrorAllowed,
      @Nullable List<Integer> statusNot,
      @Nullable List<Integer> notTimeoutStatus) {}

  record RepeatRequest(
      @Nullable String subtest,
      boolean parallel,
      int count,
      Target to,
      @Nullable Tls tls,
      HttpCall request,
      ExpectedEach expectEach)
      implements TrafficStep {}

  /**
   * What each of many answers must show.
   *
   * @param backendPodHasPrefix says that the header's value is the prefix of the pod's name
   */
  record ExpectedEach(
      boolean transportError, CountedHeader backendRequestHeader, String backendPodHasPrefix) {}

  record CountedHeader(String name, int valueCount) {}

  record GrpcCall(
      String service,
      String method,
      @Nullable String authority,
      @Nullable Map<String, String> metadata) {}

  record GrpcRequest(
      @Nullable String subtest,
      boolean parallel,
      @Nullable String testCaseName,
      Target to,
      GrpcCall request,
      ExpectedGrpc expect)
      implements TrafficStep {}

  /**
   * What a gRPC call must lead to.
   *
   * @param declaredHeadersNotCheckedBySuite headers that the backend must have got
   */
  record ExpectedGrpc(
      int grpcStatus,
      @Nullable String grpcStatusName,
      @Nullable Backend backend,
      @Nullable JsonNode declaredHeadersNotCheckedBySuite) {}

  /**
   * Where a request must arrive.
   *
   * @param podPrefix empty: any
   */
  record Backend(String podPrefix, String namespace) {}

  record GrpcRequestFails(
      @Nullable String subtest,
      boolean parallel,
      @Nullable String testCaseName,
      Target to,
      GrpcCall request,
      GrpcStatusNot expect)
      implements TrafficStep {}

  record GrpcStatusNot(int grpcStatusNot) {}

  /**
   * Many requests are spread by weight.
   *
   * @param kind http, grpc, tcp or udp; says what request and expect are
   * @param weights share of the requests by pod prefix
   */
  record WeightedDistribution(
      @Nullable String subtest,
      boolean parallel,
      String kind,
      Target to,
      @Nullable JsonNode request,
      @Nullable JsonNode expect,
      Map<String, Double> weights,
      int totalRequests,
      int concurrency,
      double toleranceAbsolute,
      int maxAttempts,
      @Nullable String entropy)
      implements TrafficStep {}

  record WebSocketEcho(
      @Nullable String subtest,
      boolean parallel,
      Target to,
      WebSocketCall request,
      List<Frame> frames)
      implements TrafficStep {}

  record WebSocketCall(String path, @Nullable String subprotocol, String origin) {}

  /** Either a frame to send, or the wait for its echo. */
  record Frame(@Nullable Payload send, boolean expectEcho) {}

  record Payload(String type, @Nullable String data, @Nullable List<Integer> bytes) {}

  record TcpConnect(@Nullable String subtest, boolean parallel, Target to) implements TrafficStep {}

  record TcpEcho(
      @Nullable String subtest, boolean parallel, Target to, @Nullable Tls tls, ExpectedTcp expect)
      implements TrafficStep {}

  record ExpectedTcp(
      @Nullable Backend backend,
      @Nullable Boolean backendIsTLS,
      @Nullable String backendSni,
      boolean anyPod) {}

  record TcpEchoRepeat(
      @Nullable String subtest,
      boolean parallel,
      Target to,
      int count,
      int perRequestTimeoutSeconds,
      ExpectedPods expectEach)
      implements TrafficStep {}

  record ExpectedPods(String podPrefix, @Nullable String neverPodPrefix, int errorsAllowed) {}

  record TlsRejected(
      @Nullable String subtest, boolean parallel, Target to, Tls tls, ExpectedClose expect)
      implements TrafficStep {}

  record ExpectedClose(String connection) {}

  record UdpEcho(
      @Nullable String subtest, boolean parallel, Target to, Datagram request, ExpectedUdp expect)
      implements TrafficStep {}

  record Datagram(String payload) {}

  record ExpectedUdp(@Nullable String service, @Nullable String namespace, boolean anyResponse) {}

  record UdpEchoRepeat(
      @Nullable String subtest,
      boolean parallel,
      Target to,
      int count,
      Datagram request,
      int perRequestTimeoutSeconds,
      int eventuallySeconds,
      int pollSeconds,
      boolean retryWholeBatchOnTransportError,
      boolean failImmediatelyOnOtherBackend,
      ExpectedDeployment expectEach)
      implements TrafficStep {}

  record ExpectedDeployment(String deployment) {}

  record DnsQuery(
      @Nullable String subtest,
      boolean parallel,
      Target to,
      String transport,
      DnsQuestionText request,
      ExpectedDns expect,
      int eventuallySeconds,
      int pollSeconds)
      implements TrafficStep {}

  record DnsQuestionText(String name, String type) {}

  record ExpectedDns(boolean anyResponse) {}
}
