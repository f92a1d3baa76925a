package dev.weir.conformance;

import dev.weir.core.api.Bytes;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One attempt at the request of a step.
 *
 * @param request the one that was answered, after redirects
 */
record Exchange(Outgoing request, Reply reply) {
  /** Tells the echo backend which header fields to answer with. */
  static final String SET_HEADER = "X-Echo-Set-Header";

  /** Makes requests of a distribution differ. */
  static final String JITTER = "x-jitter";

  private static final int MAX_REDIRECTS = 10;

  /**
   * Makes the request.
   *
   * @param uuid for the placeholder in path and headers, new for each attempt
   */
  static Outgoing outgoing(
      TrafficStep.HttpCall call, String address, int port, @Nullable ClientTls tls, UUID uuid) {
    String id = uuid.toString();
    List<Map.Entry<String, String>> fields = new ArrayList<>();
    if (call.headers() != null) {
      call.headers()
          .forEach((name, value) -> fields.add(Map.entry(name, value.replace("{{uuid}}", id))));
    }
    List<String> settings = new ArrayList<>();
    if (call.backendSetResponseHeaders() != null) {
      call.backendSetResponseHeaders().forEach((name, value) -> settings.add(name + ":" + value));
    }
    fields.add(Map.entry(SET_HEADER, String.join(",", settings)));
    String host = call.host();
    return new Outgoing(
        address,
        port,
        Outgoing.Protocol.of(call.protocol()),
        call.method(),
        call.path().replace("{{uuid}}", id),
        host == null || host.isEmpty() ? authority(address, port, tls != null) : host,
        List.copyOf(fields),
        Bytes.of(Objects.requireNonNullElse(call.body(), "").getBytes(StandardCharsets.UTF_8)),
        tls);
  }

  private static String authority(String address, int port, boolean secure) {
    return port == (secure ? 443 : 80) ? address : address + ":" + port;
  }

  /** Sends the request and, unless the call says not to, follows redirects back to the gateway. */
  static Exchange of(Requester requester, TrafficStep.HttpCall call, Outgoing request)
      throws IOException, InterruptedException {
    Reply reply = requester.send(request);
    if (Boolean.FALSE.equals(call.followRedirects())) {
      return new Exchange(request, reply);
    }
    Outgoing current = request;
    for (int i = 0; i < MAX_REDIRECTS && reply.status() / 100 == 3; i++) {
      String location = reply.header("location");
      if (location == null) {
        break;
      }
      current = redirected(current, location);
      reply = requester.send(current);
    }
    return new Exchange(current, reply);
  }

  private static Outgoing redirected(Outgoing from, String location) throws IOException {
    URI base = URI.create(from.scheme() + "://" + from.authority() + from.target());
    URI to;
    try {
      to = base.resolve(location);
    } catch (IllegalArgumentException e) {
      throw new IOException("redirected to " + location + ", which is no URL", e);
    }
    if (!from.address().equals(to.getHost()) || !from.scheme().equals(to.getScheme())) {
      throw new IOException("redirected to " + to + ", which is not at the gateway");
    }
    int port = to.getPort() < 0 ? (from.tls() == null ? 80 : 443) : to.getPort();
    String target =
        to.getRawQuery() == null ? to.getRawPath() : to.getRawPath() + "?" + to.getRawQuery();
    return new Outgoing(
        from.address(),
        port,
        from.protocol(),
        from.method(),
        target,
        to.getRawAuthority(),
        from.fields(),
        from.body(),
        from.tls());
  }
}
