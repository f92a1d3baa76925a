package dev.weir.features.headers;

import dev.weir.core.api.gateway.HeaderModifier;
import dev.weir.core.filter.RouteFilter;
import dev.weir.envoy.config.common.mutation_rules.v3.HeaderMutation;
import dev.weir.envoy.config.core.v3.HeaderValue;
import dev.weir.envoy.config.core.v3.HeaderValueOption;
import dev.weir.envoy.config.core.v3.HeaderValueOption.HeaderAppendAction;
import dev.weir.envoy.extensions.filters.http.header_mutation.v3.HeaderMutationPerRoute;
import dev.weir.envoy.extensions.filters.http.header_mutation.v3.Mutations;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A header modifier as mutations of Envoy: removals first, so that a header can be removed and
 * added anew.
 *
 * @param headers the modifier in the API record
 * @param direction adds mutations for requests, or those for responses
 */
record HeadersTranslation<S extends Record>(
    String type,
    Class<S> spec,
    Function<S, HeaderModifier> headers,
    BiConsumer<Mutations.Builder, Iterable<HeaderMutation>> direction)
    implements RouteFilter.ForBackends<S> {

  @Override
  public @Nullable String refusal(S spec) {
    HeaderModifier modifier = headers.apply(spec);
    return Stream.of(
            modifier.set().stream().map(HeaderModifier.Header::name),
            modifier.add().stream().map(HeaderModifier.Header::name),
            modifier.remove().stream())
        .flatMap(names -> names)
        .map(FixedHeaders::refusal)
        .filter(Objects::nonNull)
        .findFirst()
        .orElse(null);
  }

  @Override
  public void rule(S spec, RuleXds out) {
    backend(spec, out);
  }

  @Override
  public void backend(S spec, FilterXds out) {
    Mutations.Builder mutations = Mutations.newBuilder();
    direction.accept(mutations, mutations(headers.apply(spec)));
    out.filterConfig(
        HeadersFeature.FILTER, HeaderMutationPerRoute.newBuilder().setMutations(mutations).build());
  }

  private static List<HeaderMutation> mutations(HeaderModifier modifier) {
    List<HeaderMutation> mutations = new ArrayList<>();
    for (String name : modifier.remove()) {
      mutations.add(HeaderMutation.newBuilder().setRemove(name).build());
    }
    append(modifier.set(), HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD, mutations);
    append(modifier.add(), HeaderAppendAction.APPEND_IF_EXISTS_OR_ADD, mutations);
    return mutations;
  }

  /** Of entries whose names differ only in case, the first counts (Gateway API, HTTPHeader). */
  private static void append(
      List<HeaderModifier.Header> headers, HeaderAppendAction action, List<HeaderMutation> out) {
    Set<String> seen = new HashSet<>();
    for (HeaderModifier.Header header : headers) {
      if (seen.add(header.name().toLowerCase(Locale.ROOT))) {
        out.add(
            HeaderMutation.newBuilder()
                .setAppend(
                    HeaderValueOption.newBuilder()
                        .setHeader(
                            HeaderValue.newBuilder()
                                .setKey(header.name())
                                // Envoy substitutes %COMMANDS%; the Gateway API means itself.
                                .setValue(header.value().replace("%", "%%")))
                        .setAppendAction(action))
                .build());
      }
    }
  }
}
