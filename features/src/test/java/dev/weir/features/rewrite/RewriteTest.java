package dev.weir.features.rewrite;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.re2j.Pattern;
import dev.weir.core.api.gateway.HttpRouteFilter.UrlRewrite;
import dev.weir.core.api.gateway.PathModifier;
import dev.weir.core.api.gateway.PathModifier.ReplaceFullPath;
import dev.weir.core.api.gateway.PathModifier.ReplacePrefixMatch;
import dev.weir.envoy.config.route.v3.RouteAction;
import dev.weir.features.RuleXdsRecorder;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RewriteTest {
  /** The first nine lines are from the table in the HTTPRoute reference. */
  @ParameterizedTest
  @CsvSource({
    "/foo/bar,  /foo, /xyz,  /xyz/bar",
    "/foo/bar,  /foo, /xyz/, /xyz/bar",
    "/foo,      /foo, /xyz,  /xyz",
    "/foo/,     /foo, /xyz,  /xyz/",
    "/foo/bar,  /foo, '',    /bar",
    "/foo/,     /foo, '',    /",
    "/foo,      /foo, '',    /",
    "/foo/,     /foo, /,     /",
    "/foo,      /foo, /,     /",
    "/foo/bar,  /foo, /,     /bar",
    "/foo//bar, /foo, /,     //bar",
    "/bar,      /,    /xyz,  /xyz/bar",
    "/,         /,    /xyz,  /xyz/",
    "/bar,      /,    /xyz/, /xyz/bar",
    "/bar,      /,    /,     /bar",
    "/bar,      /,    '',    /bar",
    "/foo/bar,  /foo, xyz,   /xyz/bar",
    "/a.b/foo/bar, /a.b, '', /foo/bar",
    "/a+b/c,    /a+b, /,     /c",
  })
  void aPrefixIsReplacedByElements(String path, String prefix, String replacement, String result) {
    RouteAction action = rewrite(prefix, null, new ReplacePrefixMatch(replacement));

    assertThat(asEnvoyDoes(action, prefix, path)).isEqualTo(result);
  }

  @ParameterizedTest
  @CsvSource({"/new, /new", "'', /", "new, /new", "/a\\1b, /a\\1b"})
  void theFullPathIsReplaced(String replacement, String result) {
    RouteAction action = rewrite("/old", null, new ReplaceFullPath(replacement));

    assertThat(asEnvoyDoes(action, "/old", "/old")).isEqualTo(result);
    assertThat(asEnvoyDoes(action, "/old", "/old/and/more")).isEqualTo(result);
  }

  @Test
  void aFurtherRewriteTakesThePlaceOfTheFirst() {
    RuleXdsRecorder out = new RuleXdsRecorder("/foo");
    RewriteTranslation rewrite = new RewriteTranslation();
    rewrite.rule(new UrlRewrite("first", new ReplacePrefixMatch("/first")), out);
    rewrite.rule(new UrlRewrite(null, new ReplaceFullPath("/second")), out);

    assertThat(asEnvoyDoes(out.route().getRoute(), "/foo", "/foo/bar")).isEqualTo("/second");
    assertThat(out.route().getRoute().getPrefixRewrite()).isEmpty();
    assertThat(out.route().getRoute().getHostRewriteLiteral()).isEqualTo("first");

    rewrite.rule(new UrlRewrite("third", new ReplacePrefixMatch("/third")), out);
    assertThat(asEnvoyDoes(out.route().getRoute(), "/foo", "/foo/bar")).isEqualTo("/third/bar");
    assertThat(out.route().getRoute().hasRegexRewrite()).isFalse();
    assertThat(out.route().getRoute().getHostRewriteLiteral()).isEqualTo("third");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/a b", "/a?b=c", "/a#b", "/a\r\nx: y", "/\u00e4", "/a\0"})
  void whatIsNotAPathIsRefused(String path) {
    RewriteTranslation rewrite = new RewriteTranslation();

    assertThat(rewrite.refusal(new UrlRewrite(null, new ReplaceFullPath(path)))).isNotNull();
    assertThat(rewrite.refusal(new UrlRewrite(null, new ReplacePrefixMatch(path)))).isNotNull();
  }

  @Test
  void whatIsAPathIsNotRefused() {
    RewriteTranslation rewrite = new RewriteTranslation();

    assertThat(rewrite.refusal(new UrlRewrite("a.example", null))).isNull();
    assertThat(rewrite.refusal(new UrlRewrite(null, new ReplaceFullPath("/%C3%A4;v=1,2"))))
        .isNull();
  }

  @Test
  void theHostIsReplacedAsItIs() {
    RouteAction action = rewrite("/", "api.example.org", null);

    assertThat(action.getHostRewriteLiteral()).isEqualTo("api.example.org");
    assertThat(action.getPrefixRewrite()).isEmpty();
    assertThat(action.hasRegexRewrite()).isFalse();
  }

  @Test
  void nothingIsRewrittenWhereTheGatewayAnswers() {
    RuleXdsRecorder out = new RuleXdsRecorder("/");
    out.route().getDirectResponseBuilder().setStatus(500);

    new RewriteTranslation().rule(new UrlRewrite("a.example", null), out);

    assertThat(out.route().hasDirectResponse()).isTrue();
    assertThat(out.route().hasRoute()).isFalse();
  }

  private static RouteAction rewrite(
      String prefix, @Nullable String hostname, @Nullable PathModifier path) {
    RuleXdsRecorder out = new RuleXdsRecorder(prefix);
    new RewriteTranslation().rule(new UrlRewrite(hostname, path), out);
    assertThat(out.route().getRoute().getCluster()).isEqualTo("backend");
    return out.route().getRoute();
  }

  /** What the fields mean, by Envoy's reference of RouteAction. */
  private static String asEnvoyDoes(RouteAction action, String matched, String path) {
    if (!action.getPrefixRewrite().isEmpty()) {
      return action.getPrefixRewrite() + path.substring(matched.length());
    }
    if (!action.hasRegexRewrite()) {
      return path;
    }
    String substitution = action.getRegexRewrite().getSubstitution();
    assertThat(substitution.replace("\\\\", "")).as("back references").doesNotContain("\\");
    return Pattern.compile(action.getRegexRewrite().getPattern().getRegex())
        .matcher(path)
        .replaceAll(substitution.replace("$", "\\$"));
  }
}
