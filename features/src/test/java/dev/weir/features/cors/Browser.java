package dev.weir.features.cors;

import dev.weir.core.filter.HttpFilter;
import dev.weir.core.filter.Step;
import dev.weir.core.http.Fields;
import dev.weir.core.http.HeaderName;
import dev.weir.core.http.RequestHead;
import dev.weir.core.http.ResponseHead;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The part of the Fetch standard that decides whether a script may send a request to another origin
 * and see the answer (sections 4.8 to 4.10).
 */
final class Browser {
  private static final Set<String> SAFE_METHODS = Set.of("GET", "HEAD", "POST");

  private final Supplier<HttpFilter> gateway;

  Browser(Supplier<HttpFilter> gateway) {
    this.gateway = gateway;
  }

  /**
   * What a script does.
   *
   * @param headers names beside those that need no permission
   */
  record Fetch(String origin, String method, List<String> headers, boolean credentials) {}

  /** Whether the script gets to see the answer. */
  boolean permits(Fetch fetch) {
    boolean needsPreflight = !SAFE_METHODS.contains(fetch.method) || !fetch.headers.isEmpty();
    return (!needsPreflight || preflight(fetch)) && corsCheck(fetch, actual(fetch));
  }

  private boolean preflight(Fetch fetch) {
    RequestHead head = head("OPTIONS", "origin: " + fetch.origin);
    head.fields().add(HeaderName.of("access-control-request-method"), fetch.method);
    if (!fetch.headers.isEmpty()) {
      String names = String.join(",", fetch.headers.stream().sorted().toList());
      head.fields().add(HeaderName.of("access-control-request-headers"), names);
    }
    if (!(gateway.get().requestHead(head, true) instanceof Step.Reply reply)
        || reply.status() < 200
        || reply.status() > 299) {
      return false;
    }
    Fields answer = reply.fields() == null ? new Fields(1) : reply.fields();
    if (!corsCheck(fetch, answer)) {
      return false;
    }
    List<String> methods = list(answer, "access-control-allow-methods");
    List<String> headers =
        list(answer, "access-control-allow-headers").stream()
            .map(name -> name.toLowerCase(Locale.ROOT))
            .toList();
    boolean method =
        methods.contains(fetch.method)
            || SAFE_METHODS.contains(fetch.method)
            || (!fetch.credentials && methods.contains("*"));
    return method
        && fetch.headers.stream()
            .allMatch(name ->
                headers.contains(name)
                    || (!fetch.credentials
                        && headers.contains("*")
                        && !name.equals("authorization")));
  }

  private Fields actual(Fetch fetch) {
    HttpFilter filter = gateway.get();
    Step step = filter.requestHead(head(fetch.method, "origin: " + fetch.origin), true);
    if (!(step instanceof Step.Next)) {
      throw new AssertionError("not passed on: " + step);
    }
    ResponseHead response = new ResponseHead(new Fields(64));
    response.status(200);
    filter.responseHead(response, true);
    return response.fields();
  }

  private static boolean corsCheck(Fetch fetch, Fields answer) {
    String origin = get(answer, "access-control-allow-origin");
    if (origin == null) {
      return false;
    }
    if (!fetch.credentials && origin.equals("*")) {
      return true;
    }
    return origin.equals(fetch.origin)
        && (!fetch.credentials || "true".equals(get(answer, "access-control-allow-credentials")));
  }

  /** All values of a name, as one. */
  static @Nullable String get(Fields fields, String name) {
    List<String> values = new ArrayList<>();
    HeaderName wanted = HeaderName.of(name);
    for (int i = fields.indexOf(wanted); i >= 0; i = fields.indexOf(wanted, i + 1)) {
      values.add(fields.value(i));
    }
    return values.isEmpty() ? null : String.join(", ", values);
  }

  private static List<String> list(Fields fields, String name) {
    String value = get(fields, name);
    return value == null ? List.of() : Arrays.stream(value.split(",")).map(String::strip).toList();
  }

  static RequestHead head(String method, String... fields) {
    RequestHead head = new RequestHead(new Fields(64));
    byte[] text = method.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(text, 0, head.fields().ensureWritable(text.length), 0, text.length);
    head.fields().advance(text.length);
    head.methodAt(0, text.length);
    for (String field : fields) {
      int colon = field.indexOf(": ");
      head.fields().add(HeaderName.of(field.substring(0, colon)), field.substring(colon + 2));
    }
    return head;
  }
}
