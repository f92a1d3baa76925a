package dev.weir.core.api.gateway;

import dev.weir.core.api.ObjectType;
import dev.weir.core.api.ObjectType.Layout;
import dev.weir.core.api.gateway.Format.HeaderName;
import dev.weir.core.api.gateway.Format.HeaderValue;
import dev.weir.core.api.gateway.Format.Hostname;
import dev.weir.core.api.gateway.Format.SectionName;
import dev.weir.core.api.schema.Checked;
import dev.weir.core.api.schema.Default;
import dev.weir.core.api.schema.Inline;
import dev.weir.core.api.schema.Items;
import dev.weir.core.api.schema.Length;
import dev.weir.core.api.schema.OneOf;
import dev.weir.core.api.schema.Range;
import dev.weir.core.api.schema.Unique;
import dev.weir.core.api.schema.Violations;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Routes HTTP requests.
 *
 * @param hostnames empty: those of the listeners
 * @param rules the first of the most specific match wins, not the first listed
 */
public record HttpRoute(
    @Items(max = 32) List<ParentReference> parentRefs,
    @Nullable DefaultScope useDefaultGateways,
    @Items(max = 16) List<@Hostname String> hostnames,
    @Default("[{}]") @Items(min = 1, max = 16) List<Rule> rules)
    implements Checked {

  public static final ObjectType<HttpRoute> TYPE =
      ObjectType.of(Group.kind("HTTPRoute", "httproutes"), HttpRoute.class, Layout.SPEC)
          .served("v1beta1");

  /**
   * What happens to some of the requests.
   *
   * @param name of the rule, or null
   * @param matches any one must hold
   * @param filters in order of the list as far as the API leaves it open
   * @param backendRefs empty: filters must answer, otherwise 500
   */
  public record Rule(
      @Nullable @SectionName String name,
      @Default("[{}]") @Items(max = 64) List<Match> matches,
      @Items(max = 16) List<HttpRouteFilter> filters,
      @Items(max = 16) List<HttpBackendRef> backendRefs,
      @Nullable Timeouts timeouts,
      @Nullable Retry retry,
      @Nullable SessionPersistence sessionPersistence)
      implements Checked {
    @Override
    public void check(Violations violations) {
      HttpRouteRules.check(this, violations);
    }
  }

  /**
   * Conditions on a request; all must hold.
   *
   * @param method null: any
   */
  public record Match(
      @Default("{}") PathMatch path,
      @Items(max = 16) @Unique("name") List<HeaderMatch> headers,
      @Items(max = 16) @Unique("name") List<QueryParamMatch> queryParams,
      @Nullable
          @OneOf({"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"})
          String method) {}

  /** Condition on the path. */
  public record PathMatch(
      @Default("PathPrefix") PathMatchType type, @Default("/") @Length(max = 1024) String value)
      implements Checked {
    @Override
    public void check(Violations violations) {
      HttpRouteRules.check(this, violations);
    }
  }

  /** How a path is compared. */
  public enum PathMatchType {
    EXACT,
    /** By whole segments: {@code /a} matches {@code /a} and {@code /a/b}, not {@code /ab}. */
    PATH_PREFIX,
    /** RE2, on the whole path. */
    REGULAR_EXPRESSION
  }

  /** Condition on a header. */
  public record HeaderMatch(
      @Default("Exact") ValueMatchType type, @HeaderName String name, @HeaderValue String value) {}

  /** Condition on a query parameter. */
  public record QueryParamMatch(
      @Default("Exact") ValueMatchType type,
      @HeaderName String name,
      @Length(min = 1, max = 1024) String value) {}

  /** A backend, its share, and filters for what goes to it. */
  public record HttpBackendRef(
      @Inline BackendRef backend, @Items(max = 16) List<HttpRouteFilter> filters)
      implements Checked {
    @Override
    public void check(Violations violations) {
      HttpRouteRules.check(filters, violations);
    }
  }

  /**
   * Limits of time; zero: no limit.
   *
   * @param request for the whole exchange, with all attempts; null: the implementation's default
   * @param backendRequest for one attempt; null: none
   */
  public record Timeouts(@Nullable Duration request, @Nullable Duration backendRequest)
      implements Checked {
    @Override
    public void check(Violations violations) {
      if (request != null
          && backendRequest != null
          && !request.isZero()
          && backendRequest.compareTo(request) > 0) {
        violations.add("backendRequest", "longer than the timeout of the whole request");
      }
    }
  }

  /**
   * When a request is tried again.
   *
   * @param codes statuses of the backend that call for it
   * @param attempts how often at most; null: the implementation's default
   * @param backoff shortest pause between attempts; null: the implementation's default
   */
  public record Retry(
      @Unique List<@Range(min = 400, max = 599) Integer> codes,
      @Nullable @Range(min = 1) Integer attempts,
      @Nullable Duration backoff) {}

  @Override
  public void check(Violations violations) {
    ParentReference.check(parentRefs, violations);
    RouteRules.checkNames(rules, Rule::name, violations);
    RouteRules.checkMatches(rules.stream().mapToInt(rule -> rule.matches.size()).sum(), violations);
  }
}
