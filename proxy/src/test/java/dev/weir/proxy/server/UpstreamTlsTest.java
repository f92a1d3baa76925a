package dev.weir.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.failure.Reason;
import dev.weir.proxy.compile.Compiled;
import dev.weir.proxy.compile.Compiler;
import dev.weir.proxy.compile.TestKey;
import dev.weir.proxy.compile.XdsText;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.security.cert.Certificate;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLServerSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** TLS towards a server of the JDK, while its secrets change. */
@ExtendWith(NoLeaks.class)
class UpstreamTlsTest {
  private static final TestKey AUTHORITY = TestKey.authority("us");
  private static final TestKey SERVER = AUTHORITY.sign(TestKey.dns("backend.example"));

  private final TestProxy proxy = TestProxy.start();
  private final InetSocketAddress address = TestProxy.freeAddress();
  private final BlockingQueue<Optional<Certificate>> shown = new LinkedBlockingQueue<>();
  private Compiled compiled = Compiled.NOTHING;

  @AfterEach
  void stop() {
    proxy.close();
  }

  /** A server that wants to see a certificate of {@link #AUTHORITY} and keeps what it saw. */
  private Upstream server(Upstream.Script script) throws IOException {
    SSLServerSocket socket =
        (SSLServerSocket)
            AUTHORITY
                .trusted(SERVER)
                .getServerSocketFactory()
                .createServerSocket(0, 10, InetAddress.getLoopbackAddress());
    socket.setWantClientAuth(true);
    return Upstream.start(
        socket,
        peer -> {
          shown.add(Optional.ofNullable(peer.certificate()));
          script.run(peer);
        });
  }

  private void run(Upstream upstream, TestKey authority, @Nullable TestKey client)
      throws Exception {
    run(upstream.address().getPort(), authority, client);
  }

  private void run(int port, TestKey authority, @Nullable TestKey client) throws Exception {
    StringBuilder yaml =
        new StringBuilder(
            """
            listeners:
            - name: l
              address: {socket_address: {address: 127.0.0.1, port_value: %d}}
              filter_chains:
              - filters:
                - name: http
                  typed_config:
                    "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                    stat_prefix: web
                    use_remote_address: true
                    route_config:
                      virtual_hosts:
                      - name: all
                        domains: ['*']
                        routes: [{match: {prefix: /}, route: {cluster: c}}]
                    http_filters:
                    - {name: envoy.filters.http.router, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}
            clusters:
            - name: c
              type: STATIC
              load_assignment: {cluster_name: c, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: %d}}}}]}]}
              transport_socket:
                name: tls
                typed_config:
                  "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
                  sni: backend.example
                  common_tls_context:
                    tls_certificate_sds_secret_configs: [%s]
                    combined_validation_context:
                      default_validation_context: {match_typed_subject_alt_names: [{san_type: DNS, matcher: {exact: backend.example}}]}
                      validation_context_sds_secret_config: {name: ca, sds_config: {ads: {}}}
            secrets:
            - {name: ca, validation_context: {trusted_ca: {inline_string: %s}}}
            """
                .formatted(
                    address.getPort(),
                    port,
                    client == null ? "" : "{name: client, sds_config: {ads: {}}}",
                    XdsText.quoted(authority.certificatePem())));
    if (client != null) {
      yaml.append("- {name: client, tls_certificate: " + client.yaml() + "}\n");
    }
    compiled = new Compiler(List.of()).compile(XdsText.snapshot(yaml.toString()), compiled);
    proxy.install(compiled.plan());
  }

  private String ask() throws IOException {
    return Peer.ask(address, "GET / HTTP/1.1|Host: a||");
  }

  private @Nullable Certificate nextShown() throws InterruptedException {
    Optional<Certificate> next = shown.poll(5, TimeUnit.SECONDS);
    assertThat(next).as("a connection").isNotNull();
    return next == null ? null : next.orElse(null);
  }

  @ParameterizedTest
  @ValueSource(strings = {"RSA", "EC", "Ed25519"})
  void showsItsCertificate(String algorithm) throws Exception {
    TestKey client = AUTHORITY.sign(algorithm, TestKey.dns("gateway.example"));
    try (Upstream upstream = server(peer -> Upstream.answerAll(peer, "ok"))) {
      run(upstream, AUTHORITY, client);
      assertThat(ask()).endsWith("ok");
      assertThat(nextShown()).isEqualTo(client.certificate());
    }
  }

  @Test
  void showsNothingUnlessToldTo() throws Exception {
    try (Upstream upstream = server(peer -> Upstream.answerAll(peer, "ok"))) {
      run(upstream, AUTHORITY, null);
      assertThat(ask()).endsWith("ok");
      assertThat(nextShown()).isNull();
    }
  }

  @Test
  void showsANewCertificateWithoutCuttingRequests() throws Exception {
    TestKey old = AUTHORITY.sign(TestKey.dns("old"));
    TestKey next = AUTHORITY.sign(TestKey.dns("next"));
    CountDownLatch renewed = new CountDownLatch(1);
    try (Upstream upstream =
        server(peer -> {
          peer.readHead();
          peer.send("HTTP/1.1 200 OK|Content-Length: 6||one");
          renewed.await(10, TimeUnit.SECONDS);
          peer.send("two");
          Upstream.answerAll(peer, "again");
        })) {
      run(upstream, AUTHORITY, old);
      try (Peer client = Peer.connect(address)) {
        client.send("GET / HTTP/1.1|Host: a||");
        assertThat(client.readUntil("one")).contains("200 OK");
        assertThat(nextShown()).isEqualTo(old.certificate());

        run(upstream, AUTHORITY, next);
        renewed.countDown();

        assertThat(client.read(3)).isEqualTo("two");
        assertThat(ask()).endsWith("onetwo");
        assertThat(nextShown()).isEqualTo(next.certificate());
      }
    }
  }

  @Test
  void doesNotUseConnectionsOfAServerItTrustsNoMore() throws Exception {
    try (Upstream upstream = server(peer -> Upstream.answerAll(peer, "ok"))) {
      run(upstream, AUTHORITY, null);
      assertThat(ask()).endsWith("ok");
      run(upstream, AUTHORITY, null);
      assertThat(ask()).endsWith("ok");
      assertThat(upstream.connections()).isEqualTo(1);

      run(upstream, TestKey.authority("us"), null);

      assertThat(ask()).contains(" 503 ", "upstream-tls-failure");
    }
  }

  /** Without the end being said in TLS, anybody on the way may have cut the body. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void onlyTheServerItselfEndsABodyOfUnknownLength(boolean said) throws Exception {
    try (ServerSocket socket = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        Peer client = connect(socket)) {
      Thread server =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  answerAndClose(socket.accept(), said);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
      client.send("GET / HTTP/1.1|Host: a||").readUntil("some text\r\n");
      server.join();

      // The client's connection stays if the response was whole.
      assertThat(said ? client.read(5) : client.readAll()).isEqualTo(said ? "0\r\n\r\n" : "");
      assertThat(proxy.seen().reason()).isEqualTo(said ? null : Reason.UPSTREAM_RESET);
    }
  }

  private Peer connect(ServerSocket socket) throws Exception {
    run(socket.getLocalPort(), AUTHORITY, null);
    return Peer.connect(address);
  }

  private static void answerAndClose(Socket plain, boolean saying) throws IOException {
    Socket secure =
        AUTHORITY
            .trusted(SERVER)
            .getSocketFactory()
            .createSocket(plain, (InputStream) null, /* autoClose= */ true);
    Peer peer = new Peer(secure);
    peer.readHead();
    peer.send("HTTP/1.1 200 OK|Connection: close||some text");
    (saying ? secure : plain).close();
  }
}
