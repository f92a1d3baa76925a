package dev.weir.features.extauth;

import com.google.protobuf.Duration;
import com.google.re2j.Pattern;
import dev.weir.core.filter.CompiledFilter;
import dev.weir.core.filter.InvalidConfig;
import dev.weir.envoy.config.core.v3.ApiVersion;
import dev.weir.envoy.config.core.v3.GrpcService;
import dev.weir.envoy.extensions.filters.http.ext_authz.v3.ExtAuthz;
import dev.weir.envoy.extensions.filters.http.ext_authz.v3.ExtAuthzPerRoute;
import dev.weir.envoy.extensions.filters.http.ext_authz.v3.HttpService;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Makes an {@link ExternalAuthFilter} of Envoy's ExtAuthz. */
final class ExternalAuthCompiler {
  private static final long SECOND = 1_000_000_000L;
  private static final long DEFAULT_NANOS = 200_000_000L; // Envoy's
  private static final int DEFAULT_STATUS = 403; // Envoy's

  private ExternalAuthCompiler() {}

  /** The filter that the listener's configuration asks for; null where a route has none. */
  static @Nullable CompiledFilter compile(ExtAuthz config, ExtAuthzPerRoute route)
      throws InvalidConfig {
    if (route.getDisabled()) {
      return null;
    }
    int status = config.getStatusOnError().getCodeValue();
    if (config.hasStatusOnError() && (status < 400 || status > 599)) {
      throw new InvalidConfig("status_on_error.code", "has to be an error");
    }
    long bodyBytes = Integer.toUnsignedLong(config.getWithRequestBody().getMaxRequestBytes());
    if (config.hasWithRequestBody() && (bodyBytes < 1 || bodyBytes > Integer.MAX_VALUE)) {
      throw new InvalidConfig(
          "with_request_body.max_request_bytes", "has to be between 1 and " + Integer.MAX_VALUE);
    }
    var settings =
        new ExternalAuthFilter.Settings(
            authorization(config),
            (int) bodyBytes,
            config.getWithRequestBody().getAllowPartialMessage(),
            config.hasStatusOnError() ? status : DEFAULT_STATUS);
    return exchange -> new ExternalAuthFilter(settings, exchange);
  }

  private static Authorization authorization(ExtAuthz config) throws InvalidConfig {
    NameMatch shown =
        config.hasAllowedHeaders()
            ? NameMatch.of(config.getAllowedHeaders(), "allowed_headers")
            : null;
    return switch (config.getServicesCase()) {
      case GRPC_SERVICE -> grpc(config, shown);
      case HTTP_SERVICE -> http(config, shown == null ? NameMatch.NONE : shown);
      case SERVICES_NOT_SET -> throw new InvalidConfig("", "needs grpc_service or http_service");
    };
  }

  private static GrpcAuthorization grpc(ExtAuthz config, @Nullable NameMatch shown)
      throws InvalidConfig {
    if (config.getTransportApiVersion() != ApiVersion.V3) {
      throw new InvalidConfig("transport_api_version", "only V3 is implemented");
    }
    if (config.hasDecoderHeaderMutationRules()) {
      throw new InvalidConfig("decoder_header_mutation_rules", "only implemented for http_service");
    }
    GrpcService service = config.getGrpcService();
    String cluster = service.getEnvoyGrpc().getClusterName();
    String authority = service.getEnvoyGrpc().getAuthority();
    return new GrpcAuthorization(
        name(cluster, "grpc_service.envoy_grpc.cluster_name"),
        nanos(service.hasTimeout(), service.getTimeout(), "grpc_service.timeout"),
        ascii(authority.isEmpty() ? cluster : authority),
        shown,
        config.getWithRequestBody().getPackAsBytes());
  }

  private static HttpAuthorization http(ExtAuthz config, NameMatch shown) throws InvalidConfig {
    HttpService service = config.getHttpService();
    String prefix = service.getPathPrefix();
    if (!prefix.isEmpty() && !prefix.startsWith("/")) {
      throw new InvalidConfig("http_service.path_prefix", "has to start with a slash");
    }
    for (int i = 0; i < prefix.length(); i++) {
      char c = prefix.charAt(i);
      if (c <= ' ' || c > '~' || c == '?' || c == '#') {
        throw new InvalidConfig("http_service.path_prefix", "is no path");
      }
    }
    return new HttpAuthorization(
        name(service.getServerUri().getCluster(), "http_service.server_uri.cluster"),
        nanos(
            service.getServerUri().hasTimeout(),
            service.getServerUri().getTimeout(),
            "http_service.server_uri.timeout"),
        ascii(prefix),
        shown,
        NameMatch.of(
            service.getAuthorizationResponse().getAllowedUpstreamHeaders(),
            "http_service.authorization_response.allowed_upstream_headers"),
        refused(config));
  }

  /** Envoy's rules, once there are any, also keep its own headers out. */
  private static NameMatch refused(ExtAuthz config) throws InvalidConfig {
    if (!config.hasDecoderHeaderMutationRules()) {
      return NameMatch.NONE;
    }
    Pattern regex =
        NameMatch.regex(
            config.getDecoderHeaderMutationRules().getDisallowExpression().getRegex(),
            "decoder_header_mutation_rules.disallow_expression.regex");
    return new NameMatch(
        Set.of(),
        List.of(name -> name.startsWith("x-envoy-"), name -> regex.matcher(name).matches()));
  }

  private static String name(String name, String path) throws InvalidConfig {
    if (name.isEmpty()) {
      throw new InvalidConfig(path, "must not be empty");
    }
    return name;
  }

  private static long nanos(boolean set, Duration timeout, String path) throws InvalidConfig {
    if (!set) {
      return DEFAULT_NANOS;
    }
    long nanos = timeout.getSeconds() * SECOND + timeout.getNanos();
    if (timeout.getSeconds() > 86_400 || nanos <= 0) {
      throw new InvalidConfig(path, "has to be greater than 0 and at most a day");
    }
    return nanos;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
