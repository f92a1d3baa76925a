package dev.weir.proxy.compile;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.re2j.Pattern;
import dev.weir.core.failure.Reason;
import dev.weir.core.filter.BackendAction;
import dev.weir.core.filter.InvalidConfig;
import dev.weir.envoy.config.route.v3.DirectResponseAction;
import dev.weir.envoy.config.route.v3.RedirectAction;
import dev.weir.envoy.config.route.v3.RouteAction;
import dev.weir.envoy.config.route.v3.RouteAction.RequestMirrorPolicy;
import dev.weir.envoy.config.route.v3.WeightedCluster.ClusterWeight;
import dev.weir.envoy.type.matcher.v3.RegexMatchAndSubstitute;
import dev.weir.envoy.type.v3.FractionalPercent;
import dev.weir.proxy.compile.HttpFilterChain.Filters;
import dev.weir.proxy.plan.Action;
import dev.weir.proxy.plan.Action.Change;
import dev.weir.proxy.plan.Action.Mirror;
import dev.weir.proxy.plan.Action.Timeouts;
import dev.weir.proxy.plan.Action.WeightedBackend;
import dev.weir.proxy.plan.PathMatch;
import dev.weir.proxy.plan.PathRewrite;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Compiles the actions of routes. */
final class ActionCompiler {
  private static final long ENVOY_DEFAULT_TIMEOUT_NANOS = 15_000_000_000L;

  private ActionCompiler() {}

  /** Makes the filters of requests to one of several backends. */
  @FunctionalInterface
  interface BackendFilters {
    Filters of(ClusterWeight backend, FieldPath at) throws InvalidConfig;
  }

  // --- route -----------------------------------------------------------------------------------

  static Action.Forward forward(
      RouteAction route,
      PathMatch matched,
      Filters filters,
      BackendFilters backendFilters,
      KnownTypes types,
      FieldPath at)
      throws InvalidConfig {
    Change change =
        new Change(
            rewrite(route, matched, at),
            host(route.getHostRewriteLiteral(), at.field("host_rewrite_literal")));
    List<Mirror> mirrors = mirrors(route, at);
    List<WeightedBackend> backends = new ArrayList<>();
    long totalWeight = 0;
    switch (route.getClusterSpecifierCase()) {
      case CLUSTER -> {
        backends.add(
            new WeightedBackend(
                name(route.getCluster(), at.field("cluster")),
                1,
                filters.chain(),
                change,
                null,
                filters.sessions(),
                mirrors));
        totalWeight = 1;
      }
      case WEIGHTED_CLUSTERS -> {
        FieldPath all = at.field("weighted_clusters").field("clusters");
        List<ClusterWeight> clusters = route.getWeightedClusters().getClustersList();
        for (int i = 0; i < clusters.size(); i++) {
          ClusterWeight cluster = clusters.get(i);
          Filters own =
              cluster.getTypedPerFilterConfigCount() == 0
                  ? filters
                  : backendFilters.of(cluster, all.at(i));
          WeightedBackend backend =
              backend(cluster, matched, own, change, mirrors, types, all.at(i));
          backends.add(backend);
          totalWeight += backend.weight();
        }
        if (backends.isEmpty()) {
          throw all.invalid("must not be empty");
        }
      }
      case CLUSTERSPECIFIER_NOT_SET -> throw at.invalid("needs cluster or weighted_clusters");
    }
    Reason missingCluster =
        switch (route.getClusterNotFoundResponseCode()) {
          case SERVICE_UNAVAILABLE -> Reason.NO_CLUSTER;
          case NOT_FOUND -> Reason.NO_ROUTE;
          case INTERNAL_SERVER_ERROR -> Reason.INVALID_BACKEND;
          case UNRECOGNIZED ->
              throw at.field("cluster_not_found_response_code").invalid("is unknown");
        };
    return new Action.Forward(
        backends,
        totalWeight,
        backends.stream().anyMatch(backend -> backend.sessions() != null),
        missingCluster,
        timeouts(route, at),
        RetryCompiler.compile(route.getRetryPolicy(), types, at.field("retry_policy")));
  }

  /**
   * One of several backends; what it says of path and host counts instead of the route's, its
   * mirrors get copies beside those of the route.
   */
  private static WeightedBackend backend(
      ClusterWeight cluster,
      PathMatch matched,
      Filters filters,
      Change change,
      List<Mirror> ofRoute,
      KnownTypes types,
      FieldPath at)
      throws InvalidConfig {
    PathRewrite path = change.path();
    List<Mirror> mirrors = ofRoute;
    Action.Redirect redirect = null;
    Any own = cluster.getTypedPerFilterConfigMap().get(BackendAction.NAME);
    if (own != null) {
      FieldPath ownAt = at.field("typed_per_filter_config").key(BackendAction.NAME);
      switch (types.unpack(own, ownAt)) {
        case RouteAction action -> {
          checkBackendAction(action, ownAt);
          path = rewrite(action, matched, ownAt);
          mirrors = new ArrayList<>(ofRoute);
          mirrors.addAll(mirrors(action, ownAt));
        }
        case RedirectAction action -> redirect = redirect(action, matched, ownAt);
        default -> throw ownAt.invalid("has to be a RouteAction or a RedirectAction");
      }
    }
    byte[] host = host(cluster.getHostRewriteLiteral(), at.field("host_rewrite_literal"));
    return new WeightedBackend(
        name(cluster.getName(), at.field("name")),
        Integer.toUnsignedLong(cluster.getWeight().getValue()),
        filters.chain(),
        new Change(path, host == null ? change.host() : host),
        redirect,
        filters.sessions(),
        mirrors);
  }

  private static void checkBackendAction(RouteAction action, FieldPath at) throws InvalidConfig {
    for (FieldDescriptor field : action.getAllFields().keySet()) {
      switch (field.getNumber()) {
        case RouteAction.PREFIX_REWRITE_FIELD_NUMBER,
            RouteAction.REGEX_REWRITE_FIELD_NUMBER,
            RouteAction.REQUEST_MIRROR_POLICIES_FIELD_NUMBER -> {}
        default -> throw at.field(field.getName()).invalid("only path and mirrors can be set here");
      }
    }
  }

  private static byte @Nullable [] host(String host, FieldPath at) throws InvalidConfig {
    return host.isEmpty() ? null : UrlParts.authority(host, at).getBytes(StandardCharsets.US_ASCII);
  }

  private static String name(String name, FieldPath at) throws InvalidConfig {
    if (name.isEmpty()) {
      throw at.invalid("must not be empty");
    }
    return name;
  }

  private static Timeouts timeouts(RouteAction route, FieldPath at) throws InvalidConfig {
    long request =
        route.hasTimeout()
            ? Durations.nanos(route.getTimeout(), at.field("timeout"))
            : ENVOY_DEFAULT_TIMEOUT_NANOS;
    long attempt =
        Durations.nanos(
            route.getRetryPolicy().getPerTryTimeout(),
            at.field("retry_policy").field("per_try_timeout"));
    // Most routes have none, and then one object does for all.
    return request == 0 && attempt == 0 ? Timeouts.NONE : new Timeouts(request, attempt);
  }

  private static List<Mirror> mirrors(RouteAction route, FieldPath at) throws InvalidConfig {
    List<Mirror> mirrors = new ArrayList<>();
    for (int i = 0; i < route.getRequestMirrorPoliciesCount(); i++) {
      RequestMirrorPolicy policy = route.getRequestMirrorPolicies(i);
      FieldPath policyAt = at.field("request_mirror_policies").at(i);
      FieldPath share = policyAt.field("runtime_fraction").field("default_value");
      FractionalPercent percent = policy.getRuntimeFraction().getDefaultValue();
      int denominator =
          switch (percent.getDenominator()) {
            case HUNDRED -> 100;
            case TEN_THOUSAND -> 10_000;
            case MILLION -> 1_000_000;
            case UNRECOGNIZED -> throw share.field("denominator").invalid("is unknown");
          };
      if (policy.hasRuntimeFraction() && !policy.getRuntimeFraction().hasDefaultValue()) {
        throw share.invalid("is required");
      }
      boolean all =
          !policy.hasRuntimeFraction()
              || Integer.compareUnsigned(percent.getNumerator(), denominator) >= 0;
      mirrors.add(
          new Mirror(
              name(policy.getCluster(), policyAt.field("cluster")),
              all ? denominator : percent.getNumerator(),
              denominator,
              !policy.getDisableShadowHostSuffixAppend()));
    }
    return mirrors;
  }

  private static @Nullable PathRewrite rewrite(RouteAction route, PathMatch matched, FieldPath at)
      throws InvalidConfig {
    if (route.hasRegexRewrite()) {
      if (!route.getPrefixRewrite().isEmpty()) {
        throw at.field("regex_rewrite").invalid("must not stand beside prefix_rewrite");
      }
      return regex(route.getRegexRewrite(), matched, at.field("regex_rewrite"));
    }
    return route.getPrefixRewrite().isEmpty()
        ? null
        : prefix(UrlParts.path(route.getPrefixRewrite(), at.field("prefix_rewrite")), matched);
  }

  // --- path rewrites ---------------------------------------------------------------------------

  /** What matched is replaced; an exact path or an expression matches the path as a whole. */
  private static PathRewrite prefix(String replacement, PathMatch matched) {
    byte[] bytes = replacement.getBytes(StandardCharsets.UTF_8);
    return switch (matched) {
      case PathMatch.Prefix(String prefix) -> new PathRewrite.Prefix(size(prefix), bytes);
      case PathMatch.SegmentPrefix(String prefix) -> new PathRewrite.Prefix(size(prefix), bytes);
      case PathMatch.Exact _, PathMatch.Regex _ -> new PathRewrite.Full(bytes);
    };
  }

  private static int size(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }

  private static PathRewrite regex(RegexMatchAndSubstitute rewrite, PathMatch matched, FieldPath at)
      throws InvalidConfig {
    Pattern pattern = MatchCompiler.pattern(rewrite.getPattern(), at.field("pattern"));
    UrlParts.piece(rewrite.getSubstitution(), at.field("substitution"));
    PathRewrite simple = simple(pattern.pattern(), rewrite.getSubstitution(), matched);
    if (simple != null) {
      return simple;
    }
    return new PathRewrite.Regex(
        pattern, replacement(rewrite.getSubstitution(), pattern, at.field("substitution")));
  }

  /**
   * What the two expressions mean that Envoy needs to say simple things: the whole path is
   * replaced, or a matched prefix is taken off. They need no expression at run time.
   */
  private static @Nullable PathRewrite simple(
      String regex, String substitution, PathMatch matched) {
    boolean absolute =
        switch (matched) {
          case PathMatch.Exact(String path) -> path.startsWith("/");
          case PathMatch.Prefix(String prefix) -> prefix.startsWith("/");
          case PathMatch.SegmentPrefix _ -> true;
          case PathMatch.Regex expression -> expression.literalPrefix().startsWith("/");
        };
    if (absolute
        && regex.equals("^/.*$")
        && substitution.startsWith("/")
        && substitution.indexOf('\\') < 0) {
      return new PathRewrite.Full(substitution.getBytes(StandardCharsets.UTF_8));
    }
    if (matched instanceof PathMatch.SegmentPrefix(String prefix)
        && substitution.equals("/")
        && regex.equals("^" + quoted(prefix) + "/?")) {
      return new PathRewrite.Prefix(size(prefix), new byte[0]);
    }
    return null;
  }

  private static String quoted(String literal) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < literal.length(); i++) {
      char c = literal.charAt(i);
      if ("\\.+*?()|[]{}^$".indexOf(c) >= 0) {
        text.append('\\');
      }
      text.append(c);
    }
    return text.toString();
  }

  /** From RE2's form, with {@code \1} for a group and {@code \\} for a backslash, to Java's. */
  private static String replacement(String substitution, Pattern pattern, FieldPath at)
      throws InvalidConfig {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < substitution.length(); i++) {
      char c = substitution.charAt(i);
      if (c == '$') {
        text.append("\\$");
      } else if (c != '\\') {
        text.append(c);
      } else {
        i++;
        char escaped = i < substitution.length() ? substitution.charAt(i) : ' ';
        if (escaped == '\\') {
          text.append("\\\\");
        } else if (escaped >= '0' && escaped <= '9' && escaped - '0' <= pattern.groupCount()) {
          // In braces nothing would be a number; a digit that follows belongs to the text.
          text.append('$').append(escaped);
          if (i + 1 < substitution.length() && Character.isDigit(substitution.charAt(i + 1))) {
            text.append('\\').append(substitution.charAt(++i));
          }
        } else {
          throw at.invalid("has a \\ that is followed neither by \\ nor by the number of a group");
        }
      }
    }
    return text.toString();
  }

  // --- redirect --------------------------------------------------------------------------------

  static Action.Redirect redirect(RedirectAction redirect, PathMatch matched, FieldPath at)
      throws InvalidConfig {
    String scheme =
        switch (redirect.getSchemeRewriteSpecifierCase()) {
          case HTTPS_REDIRECT -> redirect.getHttpsRedirect() ? "https" : null;
          case SCHEME_REDIRECT -> redirect.getSchemeRedirect().toLowerCase(Locale.ROOT);
          case SCHEMEREWRITESPECIFIER_NOT_SET -> null;
        };
    if (scheme != null && !scheme.equals("http") && !scheme.equals("https")) {
      throw at.field("scheme_redirect").invalid("has to be http or https");
    }
    int port = redirect.getPortRedirect();
    if (port < 0 || port > 65535) {
      throw at.field("port_redirect").invalid("has to be a port number");
    }
    int status =
        switch (redirect.getResponseCode()) {
          case MOVED_PERMANENTLY -> 301;
          case FOUND -> 302;
          case SEE_OTHER -> 303;
          case TEMPORARY_REDIRECT -> 307;
          case PERMANENT_REDIRECT -> 308;
          case UNRECOGNIZED -> throw at.field("response_code").invalid("is unknown");
        };
    String host = redirect.getHostRedirect();
    return new Action.Redirect(
        status,
        scheme,
        host.isEmpty() ? null : UrlParts.authority(host, at.field("host_redirect")),
        port == 0 ? -1 : port,
        path(redirect, matched, at));
  }

  private static @Nullable PathRewrite path(
      RedirectAction redirect, PathMatch matched, FieldPath at) throws InvalidConfig {
    return switch (redirect.getPathRewriteSpecifierCase()) {
      case PATH_REDIRECT -> {
        String path = redirect.getPathRedirect();
        yield path.isEmpty()
            ? null
            : new PathRewrite.Full(
                UrlParts.path(path, at.field("path_redirect")).getBytes(StandardCharsets.US_ASCII));
      }
      case PREFIX_REWRITE ->
          prefix(UrlParts.path(redirect.getPrefixRewrite(), at.field("prefix_rewrite")), matched);
      case REGEX_REWRITE -> regex(redirect.getRegexRewrite(), matched, at.field("regex_rewrite"));
      case PATHREWRITESPECIFIER_NOT_SET -> null;
    };
  }

  // --- direct response -------------------------------------------------------------------------

  static Action.Respond respond(DirectResponseAction response, FieldPath at) throws InvalidConfig {
    int status = response.getStatus();
    if (status < 200 || status > 599) {
      throw at.field("status").invalid("has to be between 200 and 599");
    }
    ByteString body =
        response.hasBody()
            ? SecretCompiler.bytes(response.getBody(), at.field("body"))
            : ByteString.EMPTY;
    return new Action.Respond(status, reason(status, body), body.toByteArray());
  }

  /** Without a body these are how the control plane says what is wrong, not somebody's answer. */
  private static Reason reason(int status, ByteString body) {
    if (body.isEmpty() && status == 500) {
      return Reason.INVALID_BACKEND;
    }
    return body.isEmpty() && status == 421 ? Reason.MISDIRECTED : Reason.DIRECT_RESPONSE;
  }
}
