package dev.weir.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bouncycastle.asn1.x509.GeneralName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** TLS in front of the gateway with curl, and behind it with nginx. */
@ExtendWith(NoLeaks.class)
class TlsTest {
  private static final String NGINX =
      """
      server {
        listen %IP%:8443 ssl;
        ssl_certificate %DIR%/backend.crt;
        ssl_certificate_key %DIR%/backend.key;
        location / { return 200 "$ssl_server_name"; }
      }
      """;

  /** What each policy asks of a server for abc.test, *.wild.test and one SPIFFE identity. */
  private static final Map<String, String> POLICIES =
      Map.of(
          "hostname", "hostname: abc.test",
          "wildcard", "hostname: x.wild.test",
          "wrong-hostname", "hostname: other.test",
          "two-labels", "hostname: x.y.wild.test",
          "dns", names("sni.test", "{type: Hostname, hostname: abc.test}"),
          "uri", names("sni.test", "{type: URI, uri: \"spiffe://abc.test/identity\"}"),
          "one-of-many",
              names(
                  "sni.test",
                  "{type: Hostname, hostname: no.test},"
                      + " {type: URI, uri: \"spiffe://abc.test/identity\"}"),
          "wrong-dns", names("abc.test", "{type: Hostname, hostname: other.test}"),
          "wrong-uri", names("abc.test", "{type: URI, uri: \"spiffe://abc.test/other\"}"),
          "case-of-uri", names("abc.test", "{type: URI, uri: \"spiffe://abc.test/Identity\"}"));

  private static String names(String hostname, String subjectAltNames) {
    return "hostname: %s\n    subjectAltNames: [%s]".formatted(hostname, subjectAltNames);
  }

  private final Program curl = Program.needed("curl");
  private @TempDir Path dir;

  private Program.Run ask(TestGateway gateway, String host, String... options) throws Exception {
    List<String> arguments = new ArrayList<>(List.of("-sS", "-k", "-w", "\n%{http_code}"));
    arguments.addAll(List.of("--resolve", host + ":" + TestGateway.HTTPS + ":" + gateway.ip()));
    arguments.addAll(List.of(options));
    arguments.add("https://" + host + ":" + TestGateway.HTTPS + "/");
    return curl.run(arguments);
  }

  private static String policy(String name, String validation) {
    return """
    apiVersion: gateway.networking.k8s.io/v1
    kind: BackendTLSPolicy
    metadata: {name: %1$s}
    spec:
      targetRefs: [{group: "", kind: Service, name: %1$s}]
      validation:
        caCertificateRefs: [{group: "", kind: ConfigMap, name: authority}]
        %2$s
    ---
    """
        .formatted(name, validation);
  }

  private static String route(String service) {
    return """
    apiVersion: gateway.networking.k8s.io/v1
    kind: HTTPRoute
    metadata: {name: %1$s}
    spec:
      parentRefs: [{name: edge}]
      rules:
      - matches: [{path: {value: /%1$s}}]
        backendRefs: [{name: %1$s, port: 443}]
    ---
    """
        .formatted(service);
  }

  @Test
  void tellsClientsThatAnotherConnectionIsForThatHost() throws Exception {
    try (TestGateway gateway =
        TestGateway.start(
            dir,
            options -> options,
            List.of(
                "{name: a, port: 8443, protocol: HTTPS, hostname: a.test, tls: {certificateRefs: [{name: both}]}}",
                "{name: b, port: 8443, protocol: HTTPS, hostname: b.test, tls: {certificateRefs: [{name: both}]}}",
                "{name: c, port: 8444, protocol: HTTPS, hostname: c.test, tls: {certificateRefs: [{name: both}]}}"),
            TestCertificate.of("a.test", "b.test", "c.test").secret("both"))) {
      for (String version : List.of("--http2", "--http1.1")) {
        assertThat(ask(gateway, "a.test", version).succeeded()).endsWith("\n404");
        assertThat(ask(gateway, "a.test", version, "-H", "Host: b.test").succeeded())
            .endsWith("\n421");
        assertThat(ask(gateway, "b.test", version, "-H", "Host: A.test:443").succeeded())
            .endsWith("\n421");
        // Of another port, or of nobody.
        assertThat(ask(gateway, "a.test", version, "-H", "Host: c.test").succeeded())
            .endsWith("\n404");
        assertThat(ask(gateway, "a.test", version, "-H", "Host: d.test").succeeded())
            .endsWith("\n404");
      }
      assertThat(ask(gateway, "unknown.test").exitStatus()).isEqualTo(35);
    }
  }

  @Test
  void certificatesOfListenersAreRenewedByWritingTheirFile() throws Exception {
    TestCertificate before = TestCertificate.of("weir.test");
    TestCertificate after = TestCertificate.of("weir.test");
    String old = before.write(dir, "old").toString();
    String renewed = after.write(dir, "renewed").toString();
    try (TestGateway gateway =
        TestGateway.start(
            dir,
            options -> options,
            List.of(TestGateway.HTTPS_LISTENER),
            before.secret("server"))) {
      assertThat(ask(gateway, "weir.test", "--cacert", old, "--no-insecure").exitStatus()).isZero();

      gateway.write(after.secret("server"));

      Eventually.holds(
          "the new certificate is shown",
          () -> ask(gateway, "weir.test", "--cacert", renewed, "--no-insecure").exitStatus() == 0);
      assertThat(ask(gateway, "weir.test", "--cacert", old, "--no-insecure").exitStatus())
          .isEqualTo(60);
    }
  }

  @Test
  void backendsProveOneOfTheNamesOfTheirPolicy() throws Exception {
    TestCertificate backend =
        TestCertificate.with(
            new GeneralName(GeneralName.dNSName, "abc.test"),
            new GeneralName(GeneralName.dNSName, "*.wild.test"),
            new GeneralName(GeneralName.uniformResourceIdentifier, "spiffe://abc.test/identity"));
    backend.write(dir, "backend");
    try (Nginx nginx = Nginx.start(dir, 8443, NGINX)) {
      List<String> objects = new ArrayList<>();
      objects.add(backend.configMap("authority"));
      POLICIES.forEach((name, validation) -> {
        objects.add(Yaml.service(name, "name: https, port: 443", nginx.address(8443)));
        objects.add(policy(name, validation));
        objects.add(route(name));
      });
      try (TestGateway gateway = TestGateway.start(dir, objects.toArray(String[]::new))) {
        assertThat(gateway.standalone().state().problems()).isEmpty();
        assertThat(get(gateway, "/hostname")).isEqualTo("abc.test 200");
        assertThat(get(gateway, "/wildcard")).isEqualTo("x.wild.test 200");
        for (String good : List.of("/dns", "/uri", "/one-of-many")) {
          assertThat(get(gateway, good)).as(good).isEqualTo("sni.test 200");
        }
        for (String bad :
            List.of("/wrong-hostname", "/two-labels", "/wrong-dns", "/wrong-uri", "/case-of-uri")) {
          assertThat(get(gateway, bad)).as(bad).isEqualTo("upstream-tls-failure\n 503");
        }
      }
    }
  }

  @Test
  void authoritiesAreChangedByWritingTheirFile() throws Exception {
    TestCertificate backend = TestCertificate.of("abc.test");
    backend.write(dir, "backend");
    String stranger = TestCertificate.of("abc.test").configMap("authority");
    try (Nginx nginx = Nginx.start(dir, 8443, NGINX)) {
      String[] others = {
        Yaml.service("shop", "name: https, port: 443", nginx.address(8443)),
        policy("shop", "hostname: abc.test"),
        route("shop")
      };
      try (TestGateway gateway = TestGateway.start(dir, others)) {
        assertThat(get(gateway, "/shop")).isEqualTo("invalid-backend\n 500");
        gateway.replace("authority.yaml", backend.configMap("authority"));
        Eventually.holds("it is trusted", () -> get(gateway, "/shop").equals("abc.test 200"));
        gateway.replace("authority.yaml", stranger);
        Eventually.holds(
            "it is trusted no more",
            () -> get(gateway, "/shop").equals("upstream-tls-failure\n 503"));
        gateway.replace("authority.yaml", backend.configMap("authority"));
        Eventually.holds("it is trusted again", () -> get(gateway, "/shop").equals("abc.test 200"));
      }
    }
  }

  private String get(TestGateway gateway, String path) throws Exception {
    return curl.run("-sS", "-w", " %{http_code}", gateway.url(path)).succeeded();
  }

  @Test
  void listenerSetsBringTheirOwnCertificates() throws Exception {
    TestCertificate own = TestCertificate.of("team.test");
    String trusted = own.write(dir, "team").toString();
    String set =
        """
        apiVersion: gateway.networking.k8s.io/v1
        kind: ListenerSet
        metadata: {name: team, namespace: team}
        spec:
          parentRef: {name: open, namespace: default}
          listeners:
          - {name: team, port: 8443, protocol: HTTPS, hostname: team.test, tls: {certificateRefs: [{name: team}]}}
        ---
        apiVersion: gateway.networking.k8s.io/v1
        kind: HTTPRoute
        metadata: {name: team, namespace: team}
        spec:
          parentRefs: [{kind: ListenerSet, name: team, sectionName: team}]
          rules:
          - filters: [{type: RequestRedirect, requestRedirect: {hostname: other.test, statusCode: 308}}]
        ---
        """;
    String ip = Loopback.next();
    String gatewayYaml =
        """
        apiVersion: gateway.networking.k8s.io/v1
        kind: Gateway
        metadata: {name: open}
        spec:
          gatewayClassName: weir
          addresses: [{type: IPAddress, value: %s}]
          allowedListeners: {namespaces: {from: All}}
          listeners: [{name: plain, port: 8080, protocol: HTTP}]
        ---
        """
            .formatted(ip);
    try (TestGateway gateway =
        TestGateway.start(
            dir,
            gatewayYaml,
            set,
            own.secret("team").replace("{name: team}", "{name: team, namespace: team}"))) {
      Program.Run run =
          curl.run(
              "-sS",
              "-w",
              "%{http_code} %{redirect_url}",
              "--cacert",
              trusted,
              "--resolve",
              "team.test:8443:" + ip,
              "https://team.test:8443/a");
      assertThat(gateway.standalone().state().problems()).isEmpty();
      assertThat(run.succeeded()).isEqualTo("308 https://other.test:8443/a");
    }
  }

  /** As long as the names of objects may be. */
  @Test
  void servesAGatewayWithTheLongestName() throws Exception {
    String name = ("a".repeat(62) + ".").repeat(4) + "b";
    String ip = Loopback.next();
    try (TestGateway gateway =
        TestGateway.start(
            dir,
            """
            apiVersion: gateway.networking.k8s.io/v1
            kind: Gateway
            metadata: {name: %1$s}
            spec:
              gatewayClassName: weir
              addresses: [{type: IPAddress, value: %2$s}]
              listeners: [{name: %1$s, port: 8080, protocol: HTTP}]
            ---
            apiVersion: gateway.networking.k8s.io/v1
            kind: HTTPRoute
            metadata: {name: %1$s}
            spec:
              parentRefs: [{name: %1$s, sectionName: %1$s}]
              rules:
              - filters: [{type: RequestRedirect, requestRedirect: {hostname: other.test}}]
            ---
            """
                .formatted(name, ip))) {
      assertThat(name).hasSize(253);
      assertThat(gateway.standalone().state().problems()).isEmpty();
      assertThat(curl.run("-sS", "-w", "%{http_code}", "http://" + ip + ":8080/").succeeded())
          .isEqualTo("302");
    }
  }
}
