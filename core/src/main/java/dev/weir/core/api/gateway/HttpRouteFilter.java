package dev.weir.core.api.gateway;

import dev.weir.core.api.gateway.Format.HeaderName;
import dev.weir.core.api.gateway.Format.Port;
import dev.weir.core.api.gateway.Format.PreciseHostname;
import dev.weir.core.api.schema.Checked;
import dev.weir.core.api.schema.Default;
import dev.weir.core.api.schema.Items;
import dev.weir.core.api.schema.JsonName;
import dev.weir.core.api.schema.Length;
import dev.weir.core.api.schema.OneOf;
import dev.weir.core.api.schema.Pattern;
import dev.weir.core.api.schema.Payload;
import dev.weir.core.api.schema.Range;
import dev.weir.core.api.schema.Union;
import dev.weir.core.api.schema.Unique;
import dev.weir.core.api.schema.Variant;
import dev.weir.core.api.schema.Violations;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Something done to the requests of a rule or of a backend, or to their responses. */
@Union("type")
public sealed interface HttpRouteFilter {

  /** Changes headers of requests. */
  @Variant(type = "RequestHeaderModifier", field = "requestHeaderModifier")
  record RequestHeaderModifier(@Payload HeaderModifier headers)
      implements HttpRouteFilter, GrpcRouteFilter {}

  /** Changes headers of responses. */
  @Variant(type = "ResponseHeaderModifier", field = "responseHeaderModifier")
  record ResponseHeaderModifier(@Payload HeaderModifier headers)
      implements HttpRouteFilter, GrpcRouteFilter {}

  /**
   * Sends copies of requests to another backend and drops the answers.
   *
   * @param percent share of the requests; null: all, or {@code fraction}
   * @param fraction share of the requests; null: all, or {@code percent}
   */
  @Variant(type = "RequestMirror", field = "requestMirror")
  record RequestMirror(
      BackendObjectReference backendRef,
      @Nullable @Range(min = 0, max = 100) Integer percent,
      @Nullable Fraction fraction)
      implements HttpRouteFilter, GrpcRouteFilter, Checked {
    @Override
    public void check(Violations violations) {
      if (percent != null && fraction != null) {
        violations.add("fraction", "percent and fraction exclude each other: remove one");
      }
    }
  }

  /** A share. */
  record Fraction(@Range(min = 0) int numerator, @Default("100") @Range(min = 1) int denominator)
      implements Checked {
    @Override
    public void check(Violations violations) {
      if (numerator > denominator) {
        violations.add("numerator", "must not be greater than the denominator, " + denominator);
      }
    }
  }

  /**
   * Answers with a redirect. Null: as in the request.
   *
   * @param port null: that of {@code scheme} if set, else that of the listener
   */
  @Variant(type = "RequestRedirect", field = "requestRedirect")
  record RequestRedirect(
      @Nullable @OneOf({"http", "https"}) String scheme,
      @Nullable @PreciseHostname String hostname,
      @Nullable PathModifier path,
      @Nullable @Port Integer port,
      @Default("302") @OneOf({"301", "302", "303", "307", "308"}) int statusCode)
      implements HttpRouteFilter {}

  /** Changes host and path towards the backend. Null: unchanged. */
  @Variant(type = "URLRewrite", field = "urlRewrite")
  record UrlRewrite(@Nullable @PreciseHostname String hostname, @Nullable PathModifier path)
      implements HttpRouteFilter {}

  /** A filter that another object describes. */
  @Variant(type = "ExtensionRef", field = "extensionRef")
  record ExtensionRef(@Payload LocalObjectReference ref)
      implements HttpRouteFilter, GrpcRouteFilter {}

  /**
   * Answers cross-origin preflights, and marks responses.
   *
   * @param maxAge seconds for which browsers may keep the answer
   */
  @Variant(type = "CORS", field = "cors")
  record Cors(
      @Items(max = 64) @Unique
          List<
                  @Length(min = 1, max = 253)
                  @Pattern(
                      value =
                          "(^\\*$)|(^(http(s)?):\\/\\/(((\\*\\.)?([a-zA-Z0-9\\-]+\\.)*[a-zA-Z0-9-]+|\\*)(:([0-9]{1,5}))?)$)",
                      means = "'*', or an origin such as https://*.example.com:8443")
                  String>
              allowOrigins,
      @Nullable Boolean allowCredentials,
      @Items(max = 9) @Unique
          List<
                  @OneOf({
                    "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH",
                    "*"
                  })
                  String>
              allowMethods,
      @Items(max = 64) @Unique List<@HeaderName String> allowHeaders,
      @Items(max = 64) @Unique List<@HeaderName String> exposeHeaders,
      @Default("5") @Range(min = 1) int maxAge)
      implements HttpRouteFilter, Checked {
    @Override
    public void check(Violations violations) {
      checkStar("allowOrigins", allowOrigins, violations);
      checkStar("allowMethods", allowMethods, violations);
      checkStar("allowHeaders", allowHeaders, violations);
    }

    private static void checkStar(String field, List<String> values, Violations violations) {
      if (values.size() > 1 && values.contains("*")) {
        violations.add(field, "'*' allows everything: remove it, or all others");
      }
    }
  }

  /**
   * Asks a service whether a request may pass.
   *
   * @param forwardBody null: the body is not shown to it
   */
  @Variant(type = "ExternalAuth", field = "externalAuth")
  record ExternalAuth(
      AuthProtocol protocol,
      BackendObjectReference backendRef,
      @Nullable GrpcAuth grpc,
      @Nullable HttpAuth http,
      @Nullable ForwardBody forwardBody)
      implements HttpRouteFilter, Checked {
    @Override
    public void check(Violations violations) {
      check("grpc", grpc, AuthProtocol.GRPC, violations);
      check("http", http, AuthProtocol.HTTP, violations);
    }

    private void check(
        String field, @Nullable Record value, AuthProtocol itsProtocol, Violations violations) {
      if (value == null && protocol == itsProtocol) {
        violations.add(field, "required with protocol " + itsProtocol);
      } else if (value != null && protocol != itsProtocol) {
        violations.add(field, "only possible with protocol " + itsProtocol + ": remove it");
      }
    }
  }

  /** How the authorization service is asked. */
  enum AuthProtocol {
    @JsonName("HTTP")
    HTTP,
    @JsonName("GRPC")
    GRPC
  }

  /**
   * Asking by gRPC (Envoy's ext_authz).
   *
   * @param allowedHeaders request headers shown to the service; empty: all
   */
  record GrpcAuth(@Items(max = 64) @Unique List<String> allowedHeaders) {}

  /**
   * Asking by HTTP.
   *
   * @param path put before the request's path; null: nothing
   * @param allowedHeaders request headers shown to the service, beside the few that always are
   * @param allowedResponseHeaders headers of its answer that go to the backend; empty: all
   */
  record HttpAuth(
      @Nullable
          @Length(max = 1024)
          @Pattern(
              value = "^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|[%][0-9a-fA-F]{2})+$",
              means = "an absolute path, percent-encoded where needed")
          String path,
      @Items(max = 64) @Unique List<String> allowedHeaders,
      @Items(max = 64) @Unique List<String> allowedResponseHeaders) {}

  /**
   * The part of the body that is shown.
   *
   * @param maxSize bytes of the body shown to the service; null or 0: none
   */
  record ForwardBody(@Nullable @Range(min = 0) Integer maxSize) {}
}
