package dev.weir.proxy.server;

import dev.weir.core.xds.ResourceKey;
import dev.weir.core.xds.ResourceType;
import dev.weir.core.xds.Verdict;
import dev.weir.proxy.compile.Compiled;
import dev.weir.proxy.compile.Compiler;
import dev.weir.proxy.compile.TestKey;
import dev.weir.proxy.compile.XdsText;
import dev.weir.proxy.plan.ListenerPlan;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletionStage;

/** A proxy with one listener, which ends TLS as xDS says and answers "hello". */
final class TlsProxy implements AutoCloseable {
  /** A request, as {@link Peer} and {@link OpenSsl} send it, after which the server closes. */
  static final String REQUEST = "GET / HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n";

  private final TestProxy proxy = TestProxy.start();
  private final InetSocketAddress address = TestProxy.freeAddress();
  private Compiled compiled = Compiled.NOTHING;

  InetSocketAddress address() {
    return address;
  }

  /**
   * Goes on with other settings.
   *
   * @param context a DownstreamTlsContext in one line of YAML
   */
  TlsProxy run(String context, Map<String, TestKey> certificates, Map<String, TestKey> authorities)
      throws Exception {
    StringBuilder yaml =
        new StringBuilder(
            """
            listeners:
            - name: l
              address: {socket_address: {address: 127.0.0.1, port_value: %d}}
              filter_chains:
              - name: chain
                transport_socket:
                  name: tls
                  typed_config: {"@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext, %s}
                filters:
                - name: http
                  typed_config:
                    "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                    stat_prefix: web
                    use_remote_address: true
                    route_config:
                      virtual_hosts:
                      - name: all
                        domains: ['*']
                        routes: [{match: {prefix: /}, direct_response: {status: 200, body: {inline_string: hello}}}]
                    http_filters:
                    - {name: envoy.filters.http.router, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}
            secrets:
            """
                .formatted(address.getPort(), context));
    certificates.forEach((name, key) ->
        yaml.append("- {name: " + name + ", tls_certificate: " + key.yaml() + "}\n"));
    authorities.forEach((name, key) ->
        yaml.append("- {name: " + name + ", validation_context: {trusted_ca: {inline_string: ")
            .append(XdsText.quoted(key.certificatePem()))
            .append("}}}\n"));
    compiled = new Compiler(List.of()).compile(XdsText.snapshot(yaml.toString()), compiled);
    proxy.install(compiled.plan());
    return this;
  }

  /** Begins to stop. */
  CompletionStage<Void> drain() {
    return proxy.proxy().drain(Duration.ofSeconds(20));
  }

  Verdict verdict() {
    return Objects.requireNonNull(
        compiled.verdicts().get(new ResourceKey(ResourceType.LISTENER, "l")));
  }

  ListenerPlan plan() {
    return Objects.requireNonNull(compiled.plan().listeners().get("l"));
  }

  @Override
  public void close() {
    proxy.close();
  }
}
