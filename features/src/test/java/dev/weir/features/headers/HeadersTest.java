package dev.weir.features.headers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import dev.weir.core.api.gateway.HeaderModifier;
import dev.weir.core.api.gateway.HeaderModifier.Header;
import dev.weir.core.api.gateway.HttpRouteFilter.RequestHeaderModifier;
import dev.weir.core.api.gateway.HttpRouteFilter.ResponseHeaderModifier;
import dev.weir.core.filter.CompiledFilter;
import dev.weir.core.filter.HttpFilter;
import dev.weir.core.filter.HttpFilterType.Levels;
import dev.weir.core.filter.InvalidConfig;
import dev.weir.core.filter.RouteFilter;
import dev.weir.core.filter.Step;
import dev.weir.core.http.Fields;
import dev.weir.core.http.HeaderName;
import dev.weir.core.http.RequestHead;
import dev.weir.core.http.ResponseHead;
import dev.weir.envoy.config.core.v3.HeaderValue;
import dev.weir.envoy.config.core.v3.HeaderValueOption;
import dev.weir.envoy.config.core.v3.HeaderValueOption.HeaderAppendAction;
import dev.weir.envoy.extensions.filters.http.header_mutation.v3.HeaderMutation;
import dev.weir.envoy.extensions.filters.http.header_mutation.v3.HeaderMutationPerRoute;
import dev.weir.envoy.extensions.filters.http.header_mutation.v3.Mutations;
import dev.weir.features.NoExchange;
import dev.weir.features.RuleXdsRecorder;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** From the Gateway API's record through the message to the fields of a head. */
class HeadersTest {
  private static final HeadersFeature FEATURE = new HeadersFeature();

  @Test
  void setReplacesEveryValueWhateverTheCaseOfTheName() {
    var modifier = new HeaderModifier(List.of(new Header("X-Env", "b")), List.of(), List.of());

    assertThat(request(modifier, "x-env: a", "other: 1", "X-ENV: c"))
        .isEqualTo(
            """
            other: 1
            x-env: b
            """);
  }

  @Test
  void addAppendsAFurtherValue() {
    var modifier = new HeaderModifier(List.of(), List.of(new Header("X-A", "2,3")), List.of());

    assertThat(request(modifier, "x-a: 1"))
        .isEqualTo(
            """
            x-a: 1
            x-a: 2,3
            """);
    assertThat(request(modifier)).isEqualTo("x-a: 2,3\n");
  }

  @Test
  void removeComesFirstSoThatAHeaderCanBeAddedAnew() {
    var modifier =
        new HeaderModifier(List.of(), List.of(new Header("x-a", "new")), List.of("X-A", "x-b"));

    assertThat(request(modifier, "x-a: 1", "x-b: 2", "x-a: 3", "x-c: 4"))
        .isEqualTo(
            """
            x-c: 4
            x-a: new
            """);
  }

  @Test
  void ofNamesThatDifferInCaseTheFirstCounts() {
    var modifier =
        new HeaderModifier(
            List.of(new Header("x-a", "first"), new Header("X-A", "second")), List.of(), List.of());

    assertThat(request(modifier)).isEqualTo("x-a: first\n");
  }

  @Test
  void percentSignsMeanThemselves() {
    var modifier =
        new HeaderModifier(List.of(new Header("x-a", "100% %REQ(host)%")), List.of(), List.of());

    assertThat(request(modifier)).isEqualTo("x-a: 100% %REQ(host)%\n");
  }

  @Test
  void knownNamesAreFoundByTheirNumber() {
    var modifier =
        new HeaderModifier(
            List.of(new Header("User-Agent", "weir")), List.of(), List.of("X-Forwarded-For"));

    assertThat(request(modifier, "user-agent: curl", "x-forwarded-for: 10.0.0.1"))
        .isEqualTo("user-agent: weir\n");
  }

  @Test
  void requestAndResponseModifiersShareOneFilter() throws InvalidConfig {
    RuleXdsRecorder config = new RuleXdsRecorder("/");
    translation("RequestHeaderModifier", RequestHeaderModifier.class)
        .rule(new RequestHeaderModifier(set("x-request", "1")), config);
    translation("ResponseHeaderModifier", ResponseHeaderModifier.class)
        .rule(new ResponseHeaderModifier(set("x-response", "2")), config);

    HttpFilter filter = open(HeadersCompiler.compile(listener(), message(config)));
    RequestHead request = new RequestHead(new Fields(64));
    ResponseHead response = new ResponseHead(new Fields(64));

    assertThat(filter.requestHead(request, true)).isEqualTo(Step.NEXT);
    assertThat(filter.responseHead(response, true)).isEqualTo(Step.NEXT);
    assertThat(request.fields().toString()).isEqualTo("x-request: 1\n");
    assertThat(response.fields().toString()).isEqualTo("x-response: 2\n");
  }

  @Test
  void withoutMutationsThereIsNoFilter() throws InvalidConfig {
    assertThat(HeadersCompiler.compile(listener(), HeaderMutationPerRoute.getDefaultInstance()))
        .isNull();
  }

  @Test
  void theListenersMutationsRunBeforeTheRoutes() throws InvalidConfig {
    CompiledFilter filter =
        HeadersCompiler.compile(
            HeaderMutation.newBuilder().setMutations(append("x-a", "listener")).build(),
            route(append("x-a", "route")));

    assertThat(apply(filter)).isEqualTo("x-a: listener\nx-a: route\n");
  }

  @Test
  void aBackendsMutationsRunAfterTheRules() {
    var type = FEATURE.httpFilters().getFirst();

    assertThat(levels(type)).isEqualTo(Levels.SPECIFIC_LAST);
  }

  private static <C extends Message> Levels levels(dev.weir.core.filter.HttpFilterType<C, ?> type) {
    return type.levels().apply(type.config());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "APPEND_IF_EXISTS_OR_ADD    | x-a: old, x-a: new | x-a: new",
        "ADD_IF_ABSENT              | x-a: old           | x-a: new",
        "OVERWRITE_IF_EXISTS_OR_ADD | x-a: new           | x-a: new",
        "OVERWRITE_IF_EXISTS        | x-a: new           | ''",
      })
  void everyAppendActionOfEnvoyIsHonoured(
      HeaderAppendAction action, String withField, String withoutField) throws InvalidConfig {
    CompiledFilter filter =
        HeadersCompiler.compile(listener(), route(option("x-a", "new", action, false)));

    assertThat(apply(filter, "x-a: old").strip().replace("\n", ", ")).isEqualTo(withField);
    assertThat(apply(filter).strip()).isEqualTo(withoutField);
  }

  @Test
  void anEmptyValueIsOnlyKeptWhereEnvoyKeepsIt() throws InvalidConfig {
    var action = HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD;

    assertThat(HeadersCompiler.compile(listener(), route(option("x-a", "", action, false))))
        .isNull();
    assertThat(
            apply(
                HeadersCompiler.compile(listener(), route(option("x-a", "", action, true))),
                "x-a: 1"))
        .isEqualTo("x-a: \n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"Host", "content-length", "Transfer-Encoding", "connection", ":path", "a b", ""})
  void headersThatCarryTheMessageAreRefusedByBothHalves(String name) {
    var filter = translation("RequestHeaderModifier", RequestHeaderModifier.class);
    var spec = new RequestHeaderModifier(new HeaderModifier(List.of(), List.of(), List.of(name)));
    var mutation =
        dev.weir.envoy.config.common.mutation_rules.v3.HeaderMutation.newBuilder().setRemove(name);

    assertThat(filter.refusal(spec)).isNotNull();
    assertThatThrownBy(() ->
            HeadersCompiler.compile(
                listener(), route(Mutations.newBuilder().addRequestMutations(mutation).build())))
        .isInstanceOf(InvalidConfig.class)
        .hasMessageStartingWith("mutations.request_mutations[0]: ");
  }

  @Test
  void refusalSaysWhatToDo() {
    var filter = translation("RequestHeaderModifier", RequestHeaderModifier.class);

    assertThat(filter.refusal(new RequestHeaderModifier(set("host", "a.example"))))
        .contains("URLRewrite");
    assertThat(filter.refusal(new RequestHeaderModifier(set("x-a", "1")))).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"%REQ(x)%", "50%", "a\r\nb: c", "\0"})
  void valuesThatWouldNotBeWrittenAsTheyAreAreRefused(String value) {
    assertThatThrownBy(() -> HeadersCompiler.compile(listener(), route(append("x-a", value))))
        .isInstanceOf(InvalidConfig.class)
        .hasMessageStartingWith("mutations.request_mutations[0].append.header.value: ");
  }

  @Test
  void rawValuesMayHoldAnyText() throws InvalidConfig {
    var header =
        HeaderValue.newBuilder()
            .setKey("x-a")
            .setRawValue(ByteString.copyFrom(new byte[] {(byte) 0xe4}));
    var mutation =
        dev.weir.envoy.config.common.mutation_rules.v3.HeaderMutation.newBuilder()
            .setAppend(HeaderValueOption.newBuilder().setHeader(header));

    assertThat(
            apply(
                HeadersCompiler.compile(
                    listener(),
                    route(Mutations.newBuilder().addRequestMutations(mutation).build()))))
        .isEqualTo("x-a: ä\n");
  }

  // ---------------------------------------------------------------------------------------------

  private static <S extends Record> RouteFilter<S> translation(String type, Class<S> spec) {
    for (RouteFilter<?> filter : FEATURE.routeFilters()) {
      if (filter.type().equals(type) && filter.spec() == spec) {
        @SuppressWarnings("unchecked") // spec() is the class of S
        RouteFilter<S> found = (RouteFilter<S>) filter;
        return found;
      }
    }
    throw new AssertionError(type);
  }

  private static HeaderMutationPerRoute message(RuleXdsRecorder config) {
    return config.filterConfig("envoy.filters.http.header_mutation", HeaderMutationPerRoute.class);
  }

  private static HeaderModifier set(String name, String value) {
    return new HeaderModifier(List.of(new Header(name, value)), List.of(), List.of());
  }

  private static HeaderMutation listener() {
    return HeaderMutation.newBuilder().setMostSpecificHeaderMutationsWins(true).build();
  }

  private static HeaderMutationPerRoute route(Mutations mutations) {
    return HeaderMutationPerRoute.newBuilder().setMutations(mutations).build();
  }

  private static Mutations append(String name, String value) {
    return option(name, value, HeaderAppendAction.APPEND_IF_EXISTS_OR_ADD, false);
  }

  private static Mutations option(
      String name, String value, HeaderAppendAction action, boolean keepEmpty) {
    var option =
        HeaderValueOption.newBuilder()
            .setHeader(HeaderValue.newBuilder().setKey(name).setValue(value))
            .setAppendAction(action)
            .setKeepEmptyValue(keepEmpty);
    return Mutations.newBuilder()
        .addRequestMutations(
            dev.weir.envoy.config.common.mutation_rules.v3.HeaderMutation.newBuilder()
                .setAppend(option))
        .build();
  }

  /** The whole way: the modifier on a rule, applied to a request with these fields. */
  private static String request(HeaderModifier modifier, String... fields) {
    RuleXdsRecorder config = new RuleXdsRecorder("/");
    translation("RequestHeaderModifier", RequestHeaderModifier.class)
        .rule(new RequestHeaderModifier(modifier), config);
    try {
      return apply(HeadersCompiler.compile(listener(), message(config)), fields);
    } catch (InvalidConfig e) {
      throw new AssertionError("the translation's own message", e);
    }
  }

  private static String apply(@Nullable CompiledFilter filter, String... lines) {
    RequestHead head = new RequestHead(new Fields(16));
    for (String line : lines) {
      int colon = line.indexOf(": ");
      head.fields().add(HeaderName.of(line.substring(0, colon)), line.substring(colon + 2));
    }
    open(filter).requestHead(head, true);
    return head.fields().toString();
  }

  private static HttpFilter open(@Nullable CompiledFilter filter) {
    assertThat(filter).isNotNull();
    return java.util.Objects.requireNonNull(filter).open(new NoExchange());
  }
}
