package dev.weir.features.extauth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Duration;
import dev.weir.core.filter.InvalidConfig;
import dev.weir.core.filter.Step;
import dev.weir.envoy.config.core.v3.ApiVersion;
import dev.weir.envoy.extensions.filters.http.ext_authz.v3.ExtAuthz;
import dev.weir.envoy.extensions.filters.http.ext_authz.v3.ExtAuthzPerRoute;
import dev.weir.envoy.type.matcher.v3.RegexMatcher;
import dev.weir.envoy.type.matcher.v3.StringMatcher;
import dev.weir.envoy.type.v3.StatusCode;
import dev.weir.features.ExchangeRecorder;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Envoy's message as other control planes may write it. */
class ExternalAuthCompilerTest {
  private static ExtAuthz.Builder http() {
    ExtAuthz.Builder config = ExtAuthz.newBuilder();
    config.getHttpServiceBuilder().getServerUriBuilder().setUri("http://a").setCluster("auth");
    return config;
  }

  private static ExtAuthz.Builder grpc() {
    ExtAuthz.Builder config = ExtAuthz.newBuilder().setTransportApiVersion(ApiVersion.V3);
    config.getGrpcServiceBuilder().getEnvoyGrpcBuilder().setClusterName("auth");
    return config;
  }

  @Test
  void hasTheDefaultsOfEnvoy() throws Exception {
    Compiled http = new Compiled(http().build(), new ExchangeRecorder("GET", "h", "/a"));
    assertThat(http.ask().nanos()).isEqualTo(200_000_000);
    assertThat(http.ask().head().target()).isEqualTo("/a");
    assertThat(http.answer(500, new byte[0], null))
        .isInstanceOfSatisfying(
            Step.Reply.class, reply -> assertThat(reply.status()).isEqualTo(403));

    Compiled grpc = new Compiled(grpc().build(), new ExchangeRecorder("GET", "h", "/a"));
    assertThat(grpc.ask().nanos()).isEqualTo(200_000_000);
    assertThat(grpc.ask().head().authority()).isEqualTo("auth");
  }

  @Test
  void takesNothingOverUnlessToldTo() throws Exception {
    Compiled filter = new Compiled(http().build(), new ExchangeRecorder("GET", "h", "/a"));
    filter.ask();
    filter.answer(200, new byte[0], null, "x-user", "ann");
    assertThat(filter.exchange().request().fields().size()).isZero();
  }

  @Test
  void understandsAllPatterns() throws Exception {
    ExtAuthz.Builder config = http();
    config
        .getAllowedHeadersBuilder()
        .addPatterns(StringMatcher.newBuilder().setExact("exact"))
        .addPatterns(StringMatcher.newBuilder().setPrefix("PRE-").setIgnoreCase(true))
        .addPatterns(StringMatcher.newBuilder().setSuffix("-suf"))
        .addPatterns(StringMatcher.newBuilder().setContains("mid"))
        .addPatterns(
            StringMatcher.newBuilder()
                .setSafeRegex(RegexMatcher.newBuilder().setRegex("re[0-9]+")));
    String[] fields = {
      "Exact", "1", "pre-a", "1", "a-suf", "1", "amidb", "1", "re12", "1", "exactly", "0", "re1x",
      "0", "a-pre-a", "0"
    };
    Compiled filter = new Compiled(config.build(), new ExchangeRecorder("GET", "h", "/", fields));
    assertThat(filter.ask().head().fields().toString())
        .isEqualTo("exact: 1\npre-a: 1\na-suf: 1\namidb: 1\nre12: 1\ncontent-length: 0\n");
  }

  @Test
  void isSwitchedOffByARoute() throws Exception {
    assertThat(
            ExternalAuthCompiler.compile(
                http().build(), ExtAuthzPerRoute.newBuilder().setDisabled(true).build()))
        .isNull();
  }

  private static void refuses(
      ExtAuthz.Builder config, Consumer<ExtAuthz.Builder> change, String expected) {
    change.accept(config);
    assertThatThrownBy(() ->
            ExternalAuthCompiler.compile(config.build(), ExtAuthzPerRoute.getDefaultInstance()))
        .isInstanceOf(InvalidConfig.class)
        .hasMessageContaining(expected);
  }

  @Test
  void refusesWhatItCannotHonour() {
    refuses(ExtAuthz.newBuilder(), config -> {}, "needs grpc_service or http_service");
    refuses(
        grpc(),
        config -> config.setTransportApiVersion(ApiVersion.AUTO),
        "transport_api_version: only V3");
    refuses(
        grpc(),
        config -> config.getGrpcServiceBuilder().getEnvoyGrpcBuilder().clearClusterName(),
        "grpc_service.envoy_grpc.cluster_name: must not be empty");
    refuses(
        http(),
        config -> config.getHttpServiceBuilder().getServerUriBuilder().clearCluster(),
        "http_service.server_uri.cluster: must not be empty");
    refuses(
        http(),
        config ->
            config
                .getHttpServiceBuilder()
                .getServerUriBuilder()
                .setTimeout(Duration.getDefaultInstance()),
        "http_service.server_uri.timeout: has to be greater than 0");
    refuses(
        http(),
        config -> config.getHttpServiceBuilder().setPathPrefix("a"),
        "path_prefix: has to start with a slash");
    refuses(
        http(),
        config -> config.getHttpServiceBuilder().setPathPrefix("/a\r\n"),
        "path_prefix: is no path");
    refuses(
        http(), config -> config.getStatusOnErrorBuilder().setCode(StatusCode.OK), "has to be an");
    refuses(
        http(), config -> config.getWithRequestBodyBuilder().setMaxRequestBytes(0), "between 1");
    refuses(
        http(),
        config -> config.getAllowedHeadersBuilder().addPatterns(StringMatcher.newBuilder()),
        "allowed_headers.patterns[0]: needs one of");
    refuses(
        http(),
        config ->
            config
                .getAllowedHeadersBuilder()
                .addPatterns(
                    StringMatcher.newBuilder()
                        .setSafeRegex(RegexMatcher.newBuilder().setRegex("("))),
        "safe_regex.regex: is no valid RE2 expression");
    refuses(
        grpc(),
        config -> config.getDecoderHeaderMutationRulesBuilder().getDisallowExpressionBuilder(),
        "decoder_header_mutation_rules: only implemented");
  }
}
