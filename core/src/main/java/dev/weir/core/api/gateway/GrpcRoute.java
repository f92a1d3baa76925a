package dev.weir.core.api.gateway;

import dev.weir.core.api.ObjectType;
import dev.weir.core.api.ObjectType.Layout;
import dev.weir.core.api.gateway.Format.HeaderName;
import dev.weir.core.api.gateway.Format.Hostname;
import dev.weir.core.api.gateway.Format.SectionName;
import dev.weir.core.api.gateway.HttpRouteFilter.RequestHeaderModifier;
import dev.weir.core.api.gateway.HttpRouteFilter.ResponseHeaderModifier;
import dev.weir.core.api.schema.Checked;
import dev.weir.core.api.schema.Default;
import dev.weir.core.api.schema.Inline;
import dev.weir.core.api.schema.Items;
import dev.weir.core.api.schema.Length;
import dev.weir.core.api.schema.Unique;
import dev.weir.core.api.schema.Violations;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Routes gRPC calls.
 *
 * @param hostnames empty: those of the listeners
 */
public record GrpcRoute(
    @Items(max = 32) List<ParentReference> parentRefs,
    @Nullable DefaultScope useDefaultGateways,
    @Items(max = 16) List<@Hostname String> hostnames,
    @Items(max = 16) List<Rule> rules)
    implements Checked {

  public static final ObjectType<GrpcRoute> TYPE =
      ObjectType.of(Group.kind("GRPCRoute", "grpcroutes"), GrpcRoute.class, Layout.SPEC);

  /**
   * What happens to some of the calls.
   *
   * @param matches any one must hold; empty: every call
   */
  public record Rule(
      @Nullable @SectionName String name,
      @Items(max = 64) List<Match> matches,
      @Items(max = 16) List<GrpcRouteFilter> filters,
      @Items(max = 16) List<GrpcBackendRef> backendRefs,
      @Nullable SessionPersistence sessionPersistence)
      implements Checked {
    @Override
    public void check(Violations violations) {
      checkFilters(filters, violations);
    }
  }

  /**
   * Conditions on a call; all must hold.
   *
   * @param method null: any
   */
  public record Match(
      @Nullable MethodMatch method, @Items(max = 16) @Unique("name") List<HeaderMatch> headers) {}

  /**
   * Condition on service and method; one of both may be null: any.
   *
   * @param service full name, e.g. {@code shop.v1.Cart}
   */
  public record MethodMatch(
      @Default("Exact") ValueMatchType type,
      @Nullable @Length(max = 1024) String service,
      @Nullable @Length(max = 1024) String method)
      implements Checked {
    private static final Pattern SERVICE =
        Pattern.compile("(?i)\\.?[a-z_][a-z_0-9]*(\\.[a-z_][a-z_0-9]*)*");
    private static final Pattern METHOD = Pattern.compile("[A-Za-z_][A-Za-z_0-9]*");

    @Override
    public void check(Violations violations) {
      if (service == null && method == null) {
        violations.add("", "empty: set service, method or both");
      }
      if (type != ValueMatchType.EXACT) {
        return;
      }
      if (service != null && !SERVICE.matcher(service).matches()) {
        violations.add("service", "not the full name of a gRPC service, such as shop.v1.Cart");
      }
      if (method != null && !METHOD.matcher(method).matches()) {
        violations.add("method", "not the name of a gRPC method");
      }
    }
  }

  /** Condition on a header (metadata). */
  public record HeaderMatch(
      @Default("Exact") ValueMatchType type,
      @HeaderName String name,
      @Length(min = 1, max = 4096) String value) {}

  /** A backend, its share, and filters for what goes to it. */
  public record GrpcBackendRef(
      @Inline BackendRef backend, @Items(max = 16) List<GrpcRouteFilter> filters)
      implements Checked {
    @Override
    public void check(Violations violations) {
      checkFilters(filters, violations);
    }
  }

  private static void checkFilters(List<GrpcRouteFilter> filters, Violations violations) {
    RouteRules.checkOnce(filters, RequestHeaderModifier.class, "RequestHeaderModifier", violations);
    RouteRules.checkOnce(
        filters, ResponseHeaderModifier.class, "ResponseHeaderModifier", violations);
  }

  @Override
  public void check(Violations violations) {
    ParentReference.check(parentRefs, violations);
    RouteRules.checkNames(rules, Rule::name, violations);
    RouteRules.checkMatches(rules.stream().mapToInt(rule -> rule.matches.size()).sum(), violations);
  }
}
