package dev.weir.conformance;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a request must lead to; what is null is not checked.
 *
 * @param status any of them
 * @param requestSeenByBackendDefaulted the backend must see the request as it was sent
 * @param answeredByGateway no backend may have answered
 */
record ExpectedExchange(
    List<Integer> status,
    TrafficStep.@Nullable Backend backend,
    @Nullable SeenRequest requestSeenByBackend,
    @Nullable Boolean requestSeenByBackendDefaulted,
    boolean answeredByGateway,
    @Nullable ExpectedAnswer response,
    @Nullable ExpectedRedirect redirect,
    @Nullable List<Ref> mirroredTo) {

  /**
   * A request as the backend saw it.
   *
   * @param headers values of a name joined by commas
   */
  record SeenRequest(
      @Nullable String host,
      String path,
      String method,
      @Nullable Map<String, String> headers,
      @Nullable List<String> absentHeaders,
      @Nullable String sni,
      @Nullable Pem clientCert,
      @Nullable String httpPort) {}

  /**
   * What the client must see of the response.
   *
   * @param validHeaderValues one of these
   */
  record ExpectedAnswer(
      @Nullable Map<String, String> headers,
      @Nullable Map<String, List<String>> validHeaderValues,
      @Nullable List<String> absentHeaders,
      boolean ignoreWhitespace,
      @Nullable String protocol) {}

  /**
   * Where the client must be sent.
   *
   * @param scheme null: that of the request
   * @param host null: not checked
   * @param port null: none or that of the scheme
   * @param path null: that of the request
   */
  record ExpectedRedirect(
      @Nullable String scheme,
      @Nullable String host,
      @Nullable String port,
      @Nullable String path) {}
}
