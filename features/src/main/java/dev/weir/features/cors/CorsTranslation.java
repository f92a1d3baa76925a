package dev.weir.features.cors;

import com.google.protobuf.BoolValue;
import com.google.re2j.Pattern;
import dev.weir.core.api.gateway.HttpRouteFilter.Cors;
import dev.weir.core.filter.RouteFilter;
import dev.weir.envoy.extensions.filters.http.cors.v3.CorsPolicy;
import dev.weir.envoy.type.matcher.v3.RegexMatcher;
import dev.weir.envoy.type.matcher.v3.StringMatcher;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A CORS filter as Envoy's CorsPolicy. */
final class CorsTranslation implements RouteFilter.ForBackends<Cors> {
  private static final int MOST_PORT = 65535;

  @Override
  public String type() {
    return "CORS";
  }

  @Override
  public Class<Cors> spec() {
    return Cors.class;
  }

  @Override
  public @Nullable String refusal(Cors spec) {
    for (String text : spec.allowOrigins()) {
      if (!text.equals("*")) {
        int port = Origin.of(text).port;
        if (port < 1 || port > MOST_PORT) {
          return "allowOrigins: \"" + text + "\" has a port that does not exist: 1 to 65535 do";
        }
      }
    }
    return null;
  }

  @Override
  public void rule(Cors spec, RuleXds out) {
    backend(spec, out);
  }

  @Override
  public void backend(Cors spec, FilterXds out) {
    CorsPolicy.Builder policy =
        CorsPolicy.newBuilder()
            .setAllowMethods(String.join(", ", spec.allowMethods()))
            .setAllowHeaders(String.join(", ", spec.allowHeaders()))
            .setExposeHeaders(String.join(", ", spec.exposeHeaders()))
            .setMaxAge(Integer.toString(spec.maxAge()))
            // Unset is true to Envoy: backends would answer what the filter is there to answer.
            .setForwardNotMatchingPreflights(BoolValue.of(false));
    for (String origin : spec.allowOrigins()) {
      if (origin.equals("*")) {
        policy.addAllowOriginStringMatch(exact("*"));
      } else {
        Origin.of(origin).addTo(policy);
      }
    }
    if (Boolean.TRUE.equals(spec.allowCredentials())) {
      policy.setAllowCredentials(BoolValue.of(true));
    }
    out.filterConfig(CorsFeature.FILTER, policy.build());
  }

  private static StringMatcher exact(String text) {
    return StringMatcher.newBuilder().setExact(text).build();
  }

  /**
   * An origin of the filter: {@code scheme://host}, with a port or without. Browsers leave out the
   * port that is the scheme's own (RFC 6454, section 6.2), others need not.
   *
   * @param host may begin with {@code *}, which stands for any number of labels
   */
  private record Origin(String scheme, String host, int port) {
    private static final String HOST = "[^/:@\\[\\]]+";
    private static final String IPV6 = "\\[[0-9a-f:.]+\\]";

    /** An origin in the form that the API asks for. */
    static Origin of(String text) {
      String lower = text.toLowerCase(Locale.ROOT);
      int host = lower.indexOf("://") + 3;
      int colon = lower.indexOf(':', host);
      String scheme = lower.substring(0, host - 3);
      return colon < 0
          ? new Origin(scheme, lower.substring(host), ownPort(scheme))
          : new Origin(
              scheme, lower.substring(host, colon), Integer.parseInt(lower.substring(colon + 1)));
    }

    private static int ownPort(String scheme) {
      return scheme.equals("https") ? 443 : 80;
    }

    void addTo(CorsPolicy.Builder policy) {
      boolean own = port == ownPort(scheme);
      if (host.startsWith("*")) {
        policy.addAllowOriginStringMatch(
            StringMatcher.newBuilder()
                .setSafeRegex(
                    RegexMatcher.newBuilder()
                        .setRegex(
                            scheme + "://" + hosts() + (own ? "(:" + port + ")?" : ":" + port))));
        return;
      }
      String text = scheme + "://" + host;
      if (own) {
        policy.addAllowOriginStringMatch(exact(text));
      }
      policy.addAllowOriginStringMatch(exact(text + ":" + port));
    }

    private String hosts() {
      return host.equals("*")
          ? "(" + HOST + "|" + IPV6 + ")"
          : HOST + Pattern.quote(host.substring(1));
    }
  }
}
