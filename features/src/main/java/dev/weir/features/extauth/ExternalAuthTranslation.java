package dev.weir.features.extauth;

import com.google.protobuf.Duration;
import dev.weir.core.api.gateway.HttpRouteFilter.AuthProtocol;
import dev.weir.core.api.gateway.HttpRouteFilter.ExternalAuth;
import dev.weir.core.api.gateway.HttpRouteFilter.GrpcAuth;
import dev.weir.core.api.gateway.HttpRouteFilter.HttpAuth;
import dev.weir.core.filter.RouteFilter;
import dev.weir.core.http.HeaderName;
import dev.weir.envoy.config.common.mutation_rules.v3.HeaderMutationRules;
import dev.weir.envoy.config.core.v3.ApiVersion;
import dev.weir.envoy.config.core.v3.GrpcService;
import dev.weir.envoy.config.core.v3.HttpUri;
import dev.weir.envoy.extensions.filters.http.ext_authz.v3.AuthorizationResponse;
import dev.weir.envoy.extensions.filters.http.ext_authz.v3.BufferSettings;
import dev.weir.envoy.extensions.filters.http.ext_authz.v3.ExtAuthz;
import dev.weir.envoy.extensions.filters.http.ext_authz.v3.ExtAuthzPerRoute;
import dev.weir.envoy.extensions.filters.http.ext_authz.v3.HttpService;
import dev.weir.envoy.type.matcher.v3.ListStringMatcher;
import dev.weir.envoy.type.matcher.v3.RegexMatcher;
import dev.weir.envoy.type.matcher.v3.StringMatcher;
import dev.weir.envoy.type.v3.HttpStatus;
import dev.weir.envoy.type.v3.StatusCode;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** An authorization service as Envoy's ExtAuthz, an instance for each that differs. */
final class ExternalAuthTranslation implements RouteFilter.ForBackends<ExternalAuth> {
  /** Envoy's own default, 200 ms, is short for a service that looks something up. */
  private static final Duration TIMEOUT = Duration.newBuilder().setSeconds(5).build();

  /**
   * Fields that describe the answer itself. Where all are taken over, Envoy would put them into the
   * request, its length included; the proxy leaves them out by itself.
   */
  private static final String OF_THE_ANSWER =
      "connection|content-encoding|content-length|content-type|date|http2-settings|keep-alive"
          + "|proxy-connection|server|te|trailer|transfer-encoding|upgrade";

  @Override
  public String type() {
    return "ExternalAuth";
  }

  @Override
  public Class<ExternalAuth> spec() {
    return ExternalAuth.class;
  }

  @Override
  public @Nullable String refusal(ExternalAuth auth) {
    HttpAuth http = auth.http();
    String path = http == null || http.path() == null ? null : refusal(http.path());
    if (path != null) {
      return path;
    }
    return headers(auth)
        .map(ExternalAuthTranslation::noHeader)
        .filter(Objects::nonNull)
        .findFirst()
        .orElse(null);
  }

  /** What the path of a route's match could not be either, or would be another path elsewhere. */
  private static @Nullable String refusal(String path) {
    String lower = path.toLowerCase(Locale.ROOT).replace("%2e", ".");
    boolean escapes = lower.contains("%2f") || lower.contains("%5c");
    boolean moves =
        Stream.of(lower.split("/", -1)).anyMatch(part -> part.equals(".") || part.equals(".."));
    return escapes || moves || lower.contains("//")
        ? "\"%s\" cannot stand before a path: remove //, dot segments and escaped slashes"
            .formatted(path)
        : null;
  }

  private static Stream<String> headers(ExternalAuth auth) {
    GrpcAuth grpc = auth.grpc();
    HttpAuth http = auth.http();
    return Stream.of(
            grpc == null ? List.<String>of() : grpc.allowedHeaders(),
            http == null ? List.<String>of() : http.allowedHeaders(),
            http == null ? List.<String>of() : http.allowedResponseHeaders())
        .flatMap(List::stream);
  }

  private static @Nullable String noHeader(String name) {
    try {
      HeaderName.of(name);
      return null;
    } catch (IllegalArgumentException notAToken) {
      return notAToken.getMessage();
    }
  }

  @Override
  public void rule(ExternalAuth auth, RuleXds out) {
    backend(auth, out);
  }

  @Override
  public void backend(ExternalAuth auth, FilterXds out) {
    ExtAuthz.Builder filter =
        ExtAuthz.newBuilder()
            .setStatusOnError(HttpStatus.newBuilder().setCode(StatusCode.ServiceUnavailable));
    String cluster = out.backendCluster();
    String host = auth.backendRef().name();
    List<String> shown = List.of();
    if (auth.protocol() == AuthProtocol.GRPC) {
      filter
          .setTransportApiVersion(ApiVersion.V3)
          .setGrpcService(
              GrpcService.newBuilder()
                  .setTimeout(TIMEOUT)
                  .setEnvoyGrpc(
                      GrpcService.EnvoyGrpc.newBuilder()
                          .setClusterName(cluster)
                          .setAuthority(host)));
      shown = Objects.requireNonNull(auth.grpc()).allowedHeaders();
    } else {
      HttpAuth http = Objects.requireNonNull(auth.http());
      http(http, cluster, host, filter);
      shown = http.allowedHeaders();
    }
    if (!shown.isEmpty()) {
      filter.setAllowedHeaders(names(shown));
    }
    if (auth.forwardBody() != null
        && auth.forwardBody().maxSize() != null
        && auth.forwardBody().maxSize() > 0) {
      filter.setWithRequestBody(
          BufferSettings.newBuilder().setMaxRequestBytes(auth.forwardBody().maxSize()));
    }
    out.ownFilter(
        ExternalAuthFeature.FILTER,
        filter.build(),
        ExtAuthzPerRoute.newBuilder().setDisabled(false).build());
  }

  private static void http(HttpAuth http, String cluster, String host, ExtAuthz.Builder filter) {
    HttpService.Builder service =
        filter
            .getHttpServiceBuilder()
            .setServerUri(
                HttpUri.newBuilder()
                    .setUri("http://" + host)
                    .setCluster(cluster)
                    .setTimeout(TIMEOUT));
    if (http.path() != null) {
      service.setPathPrefix(prefix(http.path()));
    }
    AuthorizationResponse.Builder answer = service.getAuthorizationResponseBuilder();
    if (http.allowedResponseHeaders().isEmpty()) {
      answer.setAllowedUpstreamHeaders(
          ListStringMatcher.newBuilder()
              .addPatterns(
                  StringMatcher.newBuilder()
                      .setSafeRegex(RegexMatcher.newBuilder().setRegex(".*"))));
      filter.setDecoderHeaderMutationRules(
          HeaderMutationRules.newBuilder()
              .setDisallowExpression(RegexMatcher.newBuilder().setRegex(OF_THE_ANSWER)));
    } else {
      answer.setAllowedUpstreamHeaders(names(http.allowedResponseHeaders()));
    }
  }

  /** With a slash in front and none at the end: the request's own path follows. */
  private static String prefix(String path) {
    String prefix = path.startsWith("/") ? path : "/" + path;
    return prefix.endsWith("/") ? prefix.substring(0, prefix.length() - 1) : prefix;
  }

  private static ListStringMatcher names(List<String> names) {
    ListStringMatcher.Builder list = ListStringMatcher.newBuilder();
    for (String name : names) {
      list.addPatterns(StringMatcher.newBuilder().setExact(name).setIgnoreCase(true));
    }
    return list.build();
  }
}
