package dev.weir.features.redirect;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.TextFormat;
import dev.weir.core.api.gateway.HttpRouteFilter.RequestRedirect;
import dev.weir.core.api.gateway.PathModifier;
import dev.weir.core.api.gateway.PathModifier.ReplaceFullPath;
import dev.weir.core.api.gateway.PathModifier.ReplacePrefixMatch;
import dev.weir.features.RuleXdsRecorder;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RedirectTest {
  @Test
  void everyFieldIsTranslated() {
    assertThat(
            redirect(
                "/old",
                new RequestRedirect(
                    "https", "example.org", new ReplaceFullPath("/new"), 8443, 308)))
        .isEqualTo(
            """
            host_redirect: "example.org"
            path_redirect: "/new"
            response_code: PERMANENT_REDIRECT
            scheme_redirect: "https"
            port_redirect: 8443
            """);
  }

  @ParameterizedTest
  @CsvSource({
    "301, MOVED_PERMANENTLY",
    "302, FOUND",
    "303, SEE_OTHER",
    "307, TEMPORARY_REDIRECT",
    "308, PERMANENT_REDIRECT",
  })
  void statusCodesKeepTheirMeaning(int status, String code) {
    assertThat(
            route("/", new RequestRedirect(null, null, null, null, status))
                .getRedirect()
                .getResponseCode()
                .name())
        .isEqualTo(code);
  }

  @ParameterizedTest
  @CsvSource({
    "     ,     , 8080", // the listener's
    "http ,     , 80",
    "https,     , 443",
    "https, 8443, 8443",
    "     , 81  , 81",
  })
  void thePortIsThatOfTheFilterOrTheSchemeOrTheListener(
      @Nullable String scheme, @Nullable Integer port, int expected) {
    assertThat(
            route("/", new RequestRedirect(scheme, null, null, port, 302))
                .getRedirect()
                .getPortRedirect())
        .isEqualTo(expected);
  }

  @Test
  void aPrefixIsReplacedAsInRewrites() {
    assertThat(path("/old", new ReplacePrefixMatch("/new/"))).isEqualTo("prefix_rewrite: \"/new\"");
    assertThat(path("/", new ReplacePrefixMatch("/new"))).isEqualTo("prefix_rewrite: \"/new/\"");
    assertThat(path("/", new ReplacePrefixMatch("/"))).isEmpty();
    assertThat(path("/old", new ReplacePrefixMatch("")))
        .contains("regex: \"^/old/?\"", "substitution: \"/\"");
  }

  @Test
  void aPathWithoutSlashGetsOne() {
    assertThat(path("/", new ReplaceFullPath(""))).isEqualTo("path_redirect: \"/\"");
    assertThat(path("/", new ReplaceFullPath("a"))).isEqualTo("path_redirect: \"/a\"");
  }

  @Test
  void whatIsNotAPathIsRefused() {
    var spec = new RequestRedirect(null, null, new ReplaceFullPath("/a\r\nx: y"), null, 302);

    assertThat(new RedirectTranslation().refusal(spec)).contains("percent-encoded");
  }

  private static String path(String matched, PathModifier path) {
    return redirect(matched, new RequestRedirect(null, null, path, null, 301))
        .replace("port_redirect: 8080\n", "")
        .strip();
  }

  private static String redirect(String matched, RequestRedirect spec) {
    return TextFormat.printer().printToString(route(matched, spec).getRedirect());
  }

  private static dev.weir.envoy.config.route.v3.Route route(String matched, RequestRedirect spec) {
    RuleXdsRecorder out = new RuleXdsRecorder(matched);
    new RedirectTranslation().rule(spec, out);
    var route = out.route().build();
    assertThat(route.hasRoute()).as("still forwards").isFalse();
    return route;
  }
}
