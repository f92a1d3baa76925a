package dev.weir.controller;

import dev.weir.controlplane.admission.Admission;
import dev.weir.controlplane.admission.Judgement;
import dev.weir.controlplane.decode.SourceText;
import dev.weir.controlplane.files.Manifests;
import dev.weir.controlplane.resolve.AddressAllocation;
import dev.weir.controlplane.state.ClusterState;
import dev.weir.controlplane.state.StandardTypes;
import dev.weir.core.api.KubeObject;
import dev.weir.core.api.ObjectType;
import dev.weir.core.api.gateway.Gateway;
import dev.weir.core.api.k8s.Service;
import dev.weir.core.problem.ObjectRef;
import dev.weir.features.Features;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Function;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the webhook before anybody else does, so that an API server does not wait for a JVM that has
 * not answered yet: reviews over TLS as an API server sends them, to a webhook of its own on
 * loopback, until the answers come quickly. It begins at once, among objects that it makes up, and
 * goes on for a moment among the real ones when they are there. Nothing is stored, and nobody else
 * is asked. Its methods may be called from any thread.
 */
final class WebhookRehearsal implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(WebhookRehearsal.class);

  /** An answer within it is quick, the handshake included: well below what one may take. */
  private static final Duration QUICK = Duration.ofMillis(20);

  /** How many answers in a row have to be quick. */
  private static final int IN_A_ROW = 60;

  /** After it a machine is as quick as it gets; each of the two parts. */
  private static final Duration LONGEST = Duration.ofSeconds(10);

  /** An API server keeps a connection, and makes another one now and then. */
  private static final int REVIEWS_PER_CONNECTION = 10;

  private static final int TIMEOUT_MILLIS = 10_000;

  private static final ObjectRef GATEWAY =
      new ObjectRef(Gateway.TYPE.kind().group(), "Gateway", "rehearsal", "gateway");
  private static final ObjectRef SERVICE = new ObjectRef("", "Service", "rehearsal", "service");

  private final XdsService.Tls tls;
  private final Function<String, @Nullable Judgement> judge;
  private final SerialThread thread = new SerialThread("weir-rehearsal");
  private boolean amongRealOnes;
  private volatile boolean over;

  /**
   * Begins.
   *
   * @param tls of the webhook
   * @param judge what the webhook asks
   */
  WebhookRehearsal(XdsService.Tls tls, Function<String, @Nullable Judgement> judge) {
    this.tls = tls;
    this.judge = judge;
    thread.run(() -> {
      Admission admission = new Admission(StandardTypes.ALL, Features.ALL);
      ClusterState state = madeUp();
      rehearse(
          object -> admission.judge(object, state, AddressAllocation.NONE),
          reviews(GATEWAY, SERVICE));
    });
  }

  /**
   * Goes on among real objects: those are there from now on. All calls but the first do nothing.
   */
  synchronized void among(ClusterState objects) {
    if (!amongRealOnes) {
      amongRealOnes = true;
      thread.run(() -> {
        rehearse(
            judge,
            reviews(any(objects, Gateway.TYPE, GATEWAY), any(objects, Service.TYPE, SERVICE)));
        over = true;
      });
    }
  }

  /** Whether the webhook is as quick as it gets. */
  boolean isOver() {
    return over;
  }

  private void rehearse(Function<String, @Nullable Judgement> judge, List<String> reviews) {
    InetSocketAddress anywhere = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    long began = System.nanoTime();
    try (Webhook webhook = Webhook.start(anywhere, tls.identity(), judge)) {
      SSLSocketFactory sockets = sockets();
      int asked = 0;
      int quick = 0;
      while (quick < IN_A_ROW && System.nanoTime() - began < LONGEST.toNanos()) {
        long asking = System.nanoTime();
        try (SSLSocket socket =
            (SSLSocket)
                sockets.createSocket(webhook.address().getAddress(), webhook.address().getPort())) {
          socket.setSoTimeout(TIMEOUT_MILLIS);
          socket.setTcpNoDelay(true);
          for (int i = 0; i < REVIEWS_PER_CONNECTION; i++) {
            ask(socket, reviews.get(asked++ % reviews.size()));
            long now = System.nanoTime();
            quick = now - asking < QUICK.toNanos() ? quick + 1 : 0;
            asking = now;
          }
        }
      }
      log.info(
          "the webhook has answered {} reviews of its own in {} ms",
          asked,
          Duration.ofNanos(System.nanoTime() - began).toMillis());
    } catch (IOException | GeneralSecurityException e) {
      log.warn("the webhook cannot ask itself, its first answers may be late: {}", e.getMessage());
    }
  }

  /** Believes what API servers are told to believe. */
  private SSLSocketFactory sockets() throws GeneralSecurityException, IOException {
    KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
    trusted.load(null, null);
    int number = 0;
    for (Certificate authority :
        CertificateFactory.getInstance("X.509")
            .generateCertificates(
                new ByteArrayInputStream(
                    tls.authorities().get().getBytes(StandardCharsets.UTF_8)))) {
      trusted.setCertificateEntry(Integer.toString(number++), authority);
    }
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return context.getSocketFactory();
  }

  private static void ask(SSLSocket socket, String review) throws IOException {
    byte[] body = review.getBytes(StandardCharsets.UTF_8);
    byte[] head =
        """
        POST %s HTTP/1.1\r
        Host: localhost\r
        Accept: application/json\r
        Content-Type: application/json\r
        Content-Length: %d\r
        \r
        """
            .formatted(Webhook.PATH, body.length)
            .getBytes(StandardCharsets.US_ASCII);
    socket.getOutputStream().write(head);
    socket.getOutputStream().write(body);
    InputStream in = socket.getInputStream();
    String status = line(in);
    int length = 0;
    for (String line = line(in); !line.isEmpty(); line = line(in)) {
      if (line.regionMatches(true, 0, "content-length:", 0, "content-length:".length())) {
        length = Integer.parseInt(line.substring("content-length:".length()).strip());
      }
    }
    in.skipNBytes(length);
    if (!status.startsWith("HTTP/1.1 200 ")) {
      throw new IOException("it was answered " + status);
    }
  }

  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int next = in.read(); next != '\n'; next = in.read()) {
      if (next < 0) {
        throw new IOException("the webhook closed the connection");
      }
      if (next != '\r') {
        line.append((char) next);
      }
    }
    return line.toString();
  }

  // --- what is asked -----------------------------------------------------------------------------

  private static <S extends Record> ObjectRef any(
      ClusterState objects, ObjectType<S> type, ObjectRef otherwise) {
    for (KubeObject<S> object : objects.objects(type)) {
      return object.ref();
    }
    return otherwise;
  }

  private static ClusterState madeUp() {
    return new Manifests(StandardTypes.ALL, InstantSource.system())
        .load(
            List.of(
                SourceText.of(
                    "rehearsal",
                    """
                    {apiVersion: gateway.networking.k8s.io/v1, kind: GatewayClass,
                     metadata: {name: weir}, spec: {controllerName: weir.dev/gateway-controller}}
                    ---
                    {apiVersion: gateway.networking.k8s.io/v1, kind: Gateway,
                     metadata: {name: gateway, namespace: rehearsal}, spec: {gatewayClassName: weir,
                      listeners: [{name: http, port: 80, protocol: HTTP}]}}
                    ---
                    {apiVersion: v1, kind: Service,
                     metadata: {name: service, namespace: rehearsal}, spec: {ports: [{port: 80}]}}
                    """)))
        .state();
  }

  /** Of good objects and bad ones, among which the routes are by far the most frequent. */
  private static List<String> reviews(ObjectRef gateway, ObjectRef service) {
    String good = route("HTTPRoute", gateway, service, "/rehearsal");
    return List.of(
        review(good),
        review(route("HTTPRoute", gateway, service, "no path")),
        review(good),
        review(
            """
            {"apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway",
             "metadata": {"name": "rehearsal", "namespace": "%s"},
             "spec": {"gatewayClassName": "weir", "listeners": [
              {"name": "https", "port": 443, "protocol": "HTTPS", "hostname": "*.example.com",
               "tls": {"certificateRefs": [{"name": "rehearsal"}]}}]}}
            """
                .formatted(gateway.namespace())),
        review(good),
        review(route("GRPCRoute", gateway, service, "rehearsal.Service")),
        review(good),
        review(
            """
            {"apiVersion": "weir.dev/v1alpha1", "kind": "Backend",
             "metadata": {"name": "rehearsal", "namespace": "%s"},
             "spec": {"groups": [{"endpoints": [{"ip": "192.0.2.1", "port": 80}]}]}}
            """
                .formatted(gateway.namespace())));
  }

  private static String route(String kind, ObjectRef gateway, ObjectRef service, String match) {
    return """
    {"apiVersion": "gateway.networking.k8s.io/v1", "kind": "%s",
     "metadata": {"name": "rehearsal", "namespace": "%s", "labels": {"a": "b"}},
     "spec": {"parentRefs": [{"name": "%s"}], "hostnames": ["rehearsal.example.com"],
      "rules": [{
       "matches": [{%s, "headers": [{"name": "a", "value": "b"}]}],
       "filters": [{"type": "RequestHeaderModifier",
        "requestHeaderModifier": {"set": [{"name": "a", "value": "b"}]}}],
       "backendRefs": [{"name": "%s", "namespace": "%s", "port": 80}]}]}}
    """
        .formatted(
            kind,
            gateway.namespace(),
            gateway.name(),
            kind.equals("GRPCRoute")
                ? "\"method\": {\"service\": \"" + match + "\"}"
                : "\"path\": {\"type\": \"PathPrefix\", \"value\": \"" + match + "\"}",
            service.name(),
            service.namespace());
  }

  private static String review(String object) {
    return """
    {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {
     "uid": "00000000-0000-0000-0000-000000000000", "operation": "CREATE", "object": %s}}
    """
        .formatted(object);
  }

  @Override
  public void close() {
    thread.close();
  }
}
