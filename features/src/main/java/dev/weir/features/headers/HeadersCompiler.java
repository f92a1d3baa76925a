package dev.weir.features.headers;

import com.google.protobuf.ByteString;
import dev.weir.core.filter.CompiledFilter;
import dev.weir.core.filter.InvalidConfig;
import dev.weir.core.http.FieldEdit;
import dev.weir.core.http.HeaderName;
import dev.weir.core.http.Token;
import dev.weir.envoy.config.core.v3.HeaderValue;
import dev.weir.envoy.config.core.v3.HeaderValueOption;
import dev.weir.envoy.extensions.filters.http.header_mutation.v3.HeaderMutation;
import dev.weir.envoy.extensions.filters.http.header_mutation.v3.HeaderMutationPerRoute;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes a {@link HeadersFilter} of Envoy's header mutations. */
final class HeadersCompiler {
  private HeadersCompiler() {}

  /** The filter that makes the listener's mutations and then the route's; null if none. */
  static @Nullable CompiledFilter compile(HeaderMutation listener, HeaderMutationPerRoute route)
      throws InvalidConfig {
    List<FieldEdit> request = new ArrayList<>();
    List<FieldEdit> response = new ArrayList<>();
    for (var mutations : List.of(listener.getMutations(), route.getMutations())) {
      compile("mutations.request_mutations", mutations.getRequestMutationsList(), request);
      compile("mutations.response_mutations", mutations.getResponseMutationsList(), response);
    }
    if (request.isEmpty() && response.isEmpty()) {
      return null;
    }
    HeadersFilter filter = new HeadersFilter(request, response);
    return exchange -> filter;
  }

  private static void compile(
      String path,
      List<dev.weir.envoy.config.common.mutation_rules.v3.HeaderMutation> mutations,
      List<FieldEdit> edits)
      throws InvalidConfig {
    for (int i = 0; i < mutations.size(); i++) {
      var mutation = mutations.get(i);
      String here = path + "[" + i + "]";
      switch (mutation.getActionCase()) {
        case REMOVE -> edits.add(new FieldEdit.Remove(name(here, mutation.getRemove())));
        case APPEND -> {
          FieldEdit edit = edit(here + ".append", mutation.getAppend());
          if (edit != null) {
            edits.add(edit);
          }
        }
        case ACTION_NOT_SET -> throw new InvalidConfig(here, "needs remove or append");
      }
    }
  }

  private static @Nullable FieldEdit edit(String path, HeaderValueOption option)
      throws InvalidConfig {
    HeaderValue header = option.getHeader();
    HeaderName name = name(path + ".header.key", header.getKey());
    ByteString text =
        header.getRawValue().isEmpty() ? header.getValueBytes() : header.getRawValue();
    byte[] value = literal(path + ".header.value", text);
    if (value.length == 0 && !option.getKeepEmptyValue()) {
      return null; // as Envoy does
    }
    return switch (option.getAppendAction()) {
      case APPEND_IF_EXISTS_OR_ADD -> new FieldEdit.Add(name, value);
      case ADD_IF_ABSENT -> new FieldEdit.AddIfAbsent(name, value);
      case OVERWRITE_IF_EXISTS_OR_ADD -> new FieldEdit.Set(name, value);
      case OVERWRITE_IF_EXISTS -> new FieldEdit.SetIfPresent(name, value);
      case UNRECOGNIZED -> throw new InvalidConfig(path + ".append_action", "unknown value");
    };
  }

  private static HeaderName name(String path, String name) throws InvalidConfig {
    String refusal = FixedHeaders.refusal(name);
    if (refusal != null) {
      throw new InvalidConfig(path, refusal);
    }
    return HeaderName.of(name);
  }

  /** The value in bytes. {@code %%} stands for a percent sign; commands are not implemented. */
  private static byte[] literal(String path, ByteString text) throws InvalidConfig {
    var value = new ByteArrayOutputStream(text.size());
    for (int i = 0; i < text.size(); i++) {
      byte b = text.byteAt(i);
      if (!Token.isFieldValueChar(b)) {
        throw new InvalidConfig(path, "has a control character at position " + i);
      }
      if (b == '%') {
        i++;
        if (i == text.size() || text.byteAt(i) != '%') {
          throw new InvalidConfig(
              path, "substitution of %COMMANDS% is not supported; write %% for a percent sign");
        }
      }
      value.write(b);
    }
    return value.toByteArray();
  }
}
