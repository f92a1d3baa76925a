package dev.weir.proxy.plan;

import com.google.re2j.Pattern;
import dev.weir.core.http.RequestHead;
import java.nio.charset.StandardCharsets;

/** A change of the path; the query is kept. */
public sealed interface PathRewrite {
  /** The new path, without query, for a request that matched the route. */
  byte[] rewrite(RequestHead request);

  /**
   * The first {@code matchedBytes} of the path, the matched prefix, are replaced. A path of which
   * nothing is left is {@code /}.
   */
  @SuppressWarnings("ArrayRecordComponent") // written to the wire, never compared
  record Prefix(int matchedBytes, byte[] replacement) implements PathRewrite {
    private static final byte[] ROOT = {'/'};

    @Override
    public byte[] rewrite(RequestHead request) {
      int from = Math.min(request.pathStart() + matchedBytes, request.pathEnd());
      int rest = request.pathEnd() - from;
      if (replacement.length + rest == 0) {
        return ROOT;
      }
      byte[] path = new byte[replacement.length + rest];
      System.arraycopy(replacement, 0, path, 0, replacement.length);
      System.arraycopy(request.bytes(), from, path, replacement.length, rest);
      return path;
    }
  }

  /** The whole path is replaced. */
  @SuppressWarnings("ArrayRecordComponent") // written to the wire, never compared
  record Full(byte[] replacement) implements PathRewrite {
    @Override
    public byte[] rewrite(RequestHead request) {
      return replacement;
    }
  }

  /**
   * Every part that matches is replaced. What then does not start with a slash gets one in front,
   * for it would be no path.
   *
   * @param replacement with {@code $1} for the first group
   */
  record Regex(Pattern pattern, String replacement) implements PathRewrite {
    @Override
    public byte[] rewrite(RequestHead request) {
      String path = pattern.matcher(request.path()).replaceAll(replacement);
      return (path.startsWith("/") ? path : "/" + path).getBytes(StandardCharsets.ISO_8859_1);
    }
  }
}
