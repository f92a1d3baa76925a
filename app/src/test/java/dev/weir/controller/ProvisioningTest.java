package dev.weir.controller;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.controlplane.deploy.DeployedName;
import dev.weir.controlplane.kube.KubernetesTokenReview.ServiceAccount;
import dev.weir.controlplane.kube.Leadership;
import dev.weir.controlplane.kube.TlsSecret;
import dev.weir.core.api.Kind;
import dev.weir.core.api.gateway.Gateway;
import dev.weir.core.api.gateway.GatewayClass;
import dev.weir.core.api.k8s.Secret;
import dev.weir.core.api.k8s.Service;
import dev.weir.endtoend.Eventually;
import java.io.ByteArrayInputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What a controller makes for Gateways, and what it says of objects before they are stored. */
class ProvisioningTest {
  private static final Kind DEPLOYMENT = Kind.namespaced("apps", "v1", "Deployment", "deployments");
  private static final Kind ACCOUNT =
      Kind.namespaced("", "v1", "ServiceAccount", "serviceaccounts");
  private static final Kind WEBHOOK =
      Kind.cluster(
          "admissionregistration.k8s.io",
          "v1",
          "ValidatingWebhookConfiguration",
          "validatingwebhookconfigurations");

  private static final String PROPAGATED =
      "labels: {team: shop}, annotations: {example.com/zone: public}";

  @TempDir private Path directory;
  private final Deque<AutoCloseable> opened = new ArrayDeque<>();

  private <C extends AutoCloseable> C open(C resource) {
    opened.push(resource);
    return resource;
  }

  @AfterEach
  void close() throws Exception {
    while (!opened.isEmpty()) {
      opened.pop().close();
    }
  }

  private static String gateway(String infrastructure) {
    return Shop.gateway(
        "web",
        "infrastructure: {%s}, listeners: [{name: http, port: 80, protocol: HTTP}]"
            .formatted(infrastructure));
  }

  private ApiServer server(TestReporter reporter) throws Exception {
    ApiServer server = open(ApiServer.withCrds(directory));
    reporter.publishEntry("API server", server.description());
    server.apply(Shop.EMPTY + Shop.namespace("weir-system") + gateway(PROPAGATED));
    return server;
  }

  private Controller controller(ApiServer server) throws Exception {
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    return open(
        Controller.start(
            new ControllerOptions(
                    server.kubeconfig(),
                    null,
                    "weir-system",
                    "test",
                    new ControllerOptions.Election("weir", Leadership.Timing.DEFAULT, null),
                    null,
                    null)
                .with(
                    new ControllerOptions.Provisioning(
                        "weir.weir-system.svc:18000", "example.com/weir:1"))
                .withWebhook(any),
            any,
            new XdsSecurity.Issued(List.of("localhost"))));
  }

  @Test
  void makesWhatRunsTheProxiesOfAGateway(TestReporter reporter) throws Exception {
    ApiServer server = server(reporter);
    controller(server);

    Eventually.holds(() -> {
      for (JsonNode made :
          List.of(
              server.object(DEPLOYMENT, "shop", "weir-web"),
              server.object(Service.TYPE, "shop", "weir-web"),
              server.object(ACCOUNT, "shop", "weir-web"))) {
        JsonNode metadata = made.path("metadata");
        assertThat(metadata.at("/labels/team").asString("")).isEqualTo("shop");
        assertThat(metadata.at("/annotations/example.com~1zone").asString("")).isEqualTo("public");
        assertThat(metadata.at("/labels/gateway.networking.k8s.io~1gateway-name").asString(""))
            .isEqualTo("web");
        assertThat(metadata.at("/ownerReferences/0/name").asString("")).isEqualTo("web");
      }
    });
    JsonNode pod = server.object(DEPLOYMENT, "shop", "weir-web").at("/spec/template");
    assertThat(pod.at("/metadata/labels/team").asString()).isEqualTo("shop");
    assertThat(pod.at("/spec/containers/0/image").asString()).isEqualTo("example.com/weir:1");
    Eventually.holds(() ->
        assertThat(server.object(GatewayClass.TYPE, "", "weir").at("/status/supportedFeatures"))
            .extracting(feature -> feature.path("name").asString(""))
            .contains("GatewayInfrastructurePropagation"));
  }

  /** What {@code weir translate --output kubernetes} prints, applied by somebody. */
  @Test
  void takesWhatOthersMade(TestReporter reporter) throws Exception {
    ApiServer server = server(reporter);
    Controller controller =
        open(
            Controller.start(
                new ControllerOptions(
                    server.kubeconfig(), null, "weir-system", "test", null, null, null),
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                new XdsSecurity.Plaintext()));
    Eventually.holds(() -> assertThat(controller.state()).isNotNull());
    Eventually.holds(() -> {
      // The mock forgets what happens between a list and the watch that follows: change it again.
      server.apply(
          """
          apiVersion: v1
          kind: Service
          metadata:
            name: weir-web
            namespace: shop
            labels:
              app.kubernetes.io/managed-by: weir
              gateway.networking.k8s.io/gateway-name: web
            annotations: {example.com/changed: "%d"}
          spec: {type: LoadBalancer, ports: [{port: 80}]}
          """
              .formatted(System.nanoTime()));
      waitsForAnAddress(server, controller);
    });

    showsTheAddress(server, "198.51.100.7");
    assertThat(server.object(DEPLOYMENT, "shop", "weir-web").isMissingNode()).isTrue();
  }

  @Test
  void showsTheAddressesOfTheService(TestReporter reporter) throws Exception {
    ApiServer server = server(reporter);
    Controller controller = controller(server);
    // The mock forgets what happens between a list and the watch that follows.
    Eventually.holds(() -> waitsForAnAddress(server, controller));

    showsTheAddress(server, "192.0.2.7");
  }

  @Test
  void takesAwayWhatAGatewayInHostModeHad(TestReporter reporter) throws Exception {
    ApiServer server = server(reporter);
    controller(server);
    Eventually.holds(
        () -> assertThat(server.object(DEPLOYMENT, "shop", "weir-web").isMissingNode()).isFalse());

    server.apply(
        """
        apiVersion: weir.dev/v1alpha1
        kind: GatewayParameters
        metadata: {name: by-hand, namespace: shop}
        spec: {host: {addressPool: 127.40.0.0/24}}
        ---
        """
            + gateway(
                PROPAGATED
                    + ", parametersRef: {group: weir.dev, kind: GatewayParameters, name: by-hand}"));

    Eventually.holds(() -> {
      assertThat(server.object(DEPLOYMENT, "shop", "weir-web").isMissingNode()).isTrue();
      assertThat(server.object(Service.TYPE, "shop", "weir-web").isMissingNode()).isTrue();
      assertThat(gateway(server).at("/status/addresses/0/value").asString(""))
          .startsWith("127.40.0.");
    });
  }

  @Test
  void anAccountServesWhatItWasMadeFor(TestReporter reporter) throws Exception {
    ApiServer server = server(reporter);
    Controller controller = controller(server);

    Eventually.holds(() ->
        assertThat(controller.serves(new ServiceAccount("shop", "weir-web")))
            .isEqualTo("Gateway/shop/web"));
    assertThat(controller.serves(new ServiceAccount("weir-system", "gatewayclass-edge")))
        .isEqualTo("GatewayClass/edge");
    assertThat(controller.serves(new ServiceAccount("shop", "gatewayclass-edge"))).isNull();
    assertThat(controller.serves(new ServiceAccount("other", "weir-web"))).isNull();
    assertThat(controller.serves(new ServiceAccount("shop", "default"))).isNull();
    assertThat(DeployedName.of("gatewayclass-edge")).doesNotStartWith("gatewayclass-");
    // The mock does not like to be closed while it is written to.
    Eventually.holds(() -> waitsForAnAddress(server, controller));
  }

  @Test
  void judgesObjectsBeforeTheyAreStored(TestReporter reporter) throws Exception {
    ApiServer server = server(reporter);
    server.apply(
        """
        apiVersion: admissionregistration.k8s.io/v1
        kind: ValidatingWebhookConfiguration
        metadata: {name: weir}
        webhooks:
        - name: validate.weir.dev
          admissionReviewVersions: [v1]
          sideEffects: None
          clientConfig: {service: {namespace: weir-system, name: weir, path: /validate}}
        """);
    Controller controller = controller(server);

    Eventually.holds(() -> assertThat(ask(server, controller, "shop").statusCode()).isEqualTo(200));
    assertThat(ask(server, controller, "/shop").body())
        .contains("\"allowed\":true", "does not exist");
    assertThat(ask(server, controller, "shop").body())
        .contains("\"allowed\":false", "HTTPRoute/shop/cart: spec.rules[0].matches[0].path.value");
    Eventually.holds(() ->
        assertThat(
                server
                    .object(WEBHOOK, "", "weir")
                    .at("/webhooks/0/clientConfig/caBundle")
                    .asString(""))
            .isEqualTo(authority(server)));
  }

  /** Asks as an API server does, which believes nobody but the authority. */
  private static HttpResponse<String> ask(ApiServer server, Controller controller, String path)
      throws Exception {
    KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
    trusted.load(null, null);
    trusted.setCertificateEntry(
        "weir",
        CertificateFactory.getInstance("X.509")
            .generateCertificate(
                new ByteArrayInputStream(Base64.getDecoder().decode(authority(server)))));
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(null, trust.getTrustManagers(), null);
    InetSocketAddress address = Objects.requireNonNull(controller.webhookAddress());
    try (HttpClient client = HttpClient.newBuilder().sslContext(tls).build()) {
      return client.send(
          HttpRequest.newBuilder(URI.create("https://localhost:" + address.getPort() + "/validate"))
              .POST(
                  BodyPublishers.ofString(
                      """
                      {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {
                       "uid": "1", "operation": "CREATE", "object": {
                        "apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute",
                        "metadata": {"name": "cart", "namespace": "shop"},
                        "spec": {"parentRefs": [{"name": "web"}], "rules": [{
                          "matches": [{"path": {"type": "PathPrefix", "value": "%s"}}],
                          "backendRefs": [{"name": "cart", "port": 80}]}]}}}}
                      """
                          .formatted(path)))
              .build(),
          BodyHandlers.ofString());
    }
  }

  private static String authority(ApiServer server) {
    return server
        .object(Secret.TYPE, "weir-system", TlsSecret.AUTHORITY)
        .at("/data/tls.crt")
        .asString();
  }

  /** The controller has seen the Service of the Gateway, which has no address. */
  private static void waitsForAnAddress(ApiServer server, Controller controller) {
    Controller.State state = Objects.requireNonNull(controller.state());
    assertThat(state.observed().state().object(Service.TYPE, "shop", "weir-web")).isNotNull();
    assertThat(condition(server, "Programmed").path("reason").asString(""))
        .isEqualTo("AddressNotAssigned");
  }

  /** A Service gets an address, and so does its Gateway. */
  private static void showsTheAddress(ApiServer server, String ip) throws Exception {
    server.status(
        Service.TYPE,
        "shop",
        "weir-web",
        Map.of("loadBalancer", Map.of("ingress", List.of(Map.of("ip", ip)))));

    Eventually.holds(() -> {
      assertThat(gateway(server).at("/status/addresses/0/value").asString("")).isEqualTo(ip);
      assertThat(condition(server, "Programmed").path("message").asString(""))
          .isEqualTo("no proxy of the gateway is connected");
    });
  }

  private static JsonNode gateway(ApiServer server) {
    return server.object(Gateway.TYPE, "shop", "web");
  }

  private static JsonNode condition(ApiServer server, String type) {
    for (JsonNode each : gateway(server).at("/status/conditions")) {
      if (each.path("type").asString("").equals(type)) {
        return each;
      }
    }
    return JsonMapper.builder().build().missingNode();
  }
}
