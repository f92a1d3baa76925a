package dev.weir.controlplane.topology;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a request must have; all of it must hold. A gRPC method match is a path match here.
 *
 * @param method null for any
 * @param headers no two of the same name
 * @param queryParams no two of the same name
 */
public record RequestMatch(
    PathMatch path,
    @Nullable String method,
    List<ValueMatch> headers,
    List<ValueMatch> queryParams) {

  /** Matches every request. */
  public static final RequestMatch ALL =
      new RequestMatch(new PathMatch.Prefix("/"), null, List.of(), List.of());

  public RequestMatch {
    headers = List.copyOf(headers);
    queryParams = List.copyOf(queryParams);
  }

  /** What the path, without the query, must be. */
  public sealed interface PathMatch {
    /** The path is {@code path}. */
    record Exact(String path) implements PathMatch {}

    /**
     * The path begins with the elements of {@code path}: {@code /foo} matches {@code /foo} and
     * {@code /foo/bar}, not {@code /foobar}.
     *
     * @param path without a slash at its end unless it is {@code /} itself
     */
    record Prefix(String path) implements PathMatch {}

    /** The whole path matches {@code regex} (RE2 syntax). */
    record Regex(String regex) implements PathMatch {}
  }

  /** What a header or query parameter must be. Header names are in lower case. */
  public sealed interface ValueMatch {
    String name();

    /** The value is {@code value}. */
    record Exact(String name, String value) implements ValueMatch {}

    /** The whole value matches {@code regex} (RE2 syntax). */
    record Regex(String name, String regex) implements ValueMatch {}
  }
}
