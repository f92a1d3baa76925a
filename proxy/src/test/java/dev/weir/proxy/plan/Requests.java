package dev.weir.proxy.plan;

import dev.weir.core.http.Fields;
import dev.weir.core.http.HeaderName;
import dev.weir.core.http.RequestHead;
import java.nio.charset.StandardCharsets;

/** Request heads for tests. */
public final class Requests {
  private Requests() {}

  /**
   * A head as a codec would leave it.
   *
   * @param headers name and value in turn
   */
  public static RequestHead request(
      String method, String authority, String target, String... headers) {
    Fields fields = new Fields(64);
    RequestHead head = new RequestHead(fields);
    int start = append(fields, method);
    head.methodAt(start, fields.length());
    head.target(target.getBytes(StandardCharsets.UTF_8));
    head.authority(authority.getBytes(StandardCharsets.UTF_8));
    for (int i = 0; i < headers.length; i += 2) {
      fields.add(HeaderName.of(headers[i]), headers[i + 1].getBytes(StandardCharsets.UTF_8));
    }
    return head;
  }

  /** A GET without headers. */
  public static RequestHead get(String authority, String target) {
    return request("GET", authority, target);
  }

  private static int append(Fields fields, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    int at = fields.length();
    System.arraycopy(bytes, 0, fields.ensureWritable(bytes.length), at, bytes.length);
    fields.advance(bytes.length);
    return at;
  }
}
