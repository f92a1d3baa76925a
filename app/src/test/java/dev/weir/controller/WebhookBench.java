package dev.weir.controller;

import dev.weir.controlplane.admission.Admission;
import dev.weir.controlplane.admission.Judgement;
import dev.weir.controlplane.decode.SourceText;
import dev.weir.controlplane.deploy.DeploySettings;
import dev.weir.controlplane.files.Manifests;
import dev.weir.controlplane.identity.CertificateAuthority;
import dev.weir.controlplane.identity.ServerIdentity;
import dev.weir.controlplane.resolve.AddressAllocation;
import dev.weir.controlplane.state.ClusterState;
import dev.weir.controlplane.state.StandardTypes;
import dev.weir.features.Features;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * How long the webhook takes for a review, as an API server sends it: over TLS, on a connection
 * that is kept. Webhook and client are in this process. See docs/performance.md.
 */
final class WebhookBench {
  private static final int SERVICES = 500;
  private static final int ROUTES_PER_HOST = 10;
  private static final int WARM_UP = 2000;
  private static final int FIRST = 3;

  private final HttpClient client;
  private final URI address;
  private int asked;

  private WebhookBench(HttpClient client, URI address) {
    this.client = client;
    this.address = address;
  }

  /**
   * Arguments: how many reviews to measure, then numbers of routes with commas between them. Or
   * {@code first}, a number of routes, and whether the webhook is {@code cold} or {@code
   * rehearsed}: what curl says of the first reviews in the life of this JVM.
   */
  public static void main(String[] arguments) throws Exception {
    if (arguments[0].equals("first")) {
      first(Integer.parseInt(arguments[1]), arguments[2].equals("rehearsed"));
      return;
    }
    for (String routes : arguments[1].split(",", -1)) {
      run(Integer.parseInt(arguments[0]), Integer.parseInt(routes));
    }
  }

  private static void run(int reviews, int routes) throws Exception {
    ClusterState state = state(routes);
    CertificateAuthority authority = CertificateAuthority.create(InstantSource.system());
    Admission admission = new Admission(StandardTypes.ALL, Features.ALL);
    try (Webhook webhook =
            Webhook.start(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                ServerIdentity.issued(authority, List.of("localhost"), Duration.ofHours(1)),
                object -> admission.judge(object, state, AddressAllocation.NONE));
        HttpClient client = HttpClient.newBuilder().sslContext(trusting(authority)).build()) {
      WebhookBench bench =
          new WebhookBench(
              client,
              URI.create(
                  "https://localhost:%d%s".formatted(webhook.address().getPort(), Webhook.PATH)));
      for (int i = 0; i < WARM_UP; i++) {
        bench.ask(routes);
      }
      long[] nanos = new long[reviews];
      for (int i = 0; i < reviews; i++) {
        nanos[i] = bench.ask(routes);
      }
      Arrays.sort(nanos);
      System.out.printf(
          "%,d routes: p50 %.1f ms, p99 %.1f ms, longest %.1f ms of %,d reviews of one route%n",
          routes,
          nanos[reviews / 2] / 1e6,
          nanos[reviews * 99 / 100] / 1e6,
          nanos[reviews - 1] / 1e6,
          reviews);
    }
  }

  private static void first(int routes, boolean rehearsed) throws Exception {
    ClusterState state = state(routes);
    CertificateAuthority authority = CertificateAuthority.create(InstantSource.system());
    XdsService.Tls tls =
        new XdsService.Tls(
            ServerIdentity.issued(authority, List.of("localhost"), Duration.ofHours(1)),
            authority::certificatePem,
            new DeploySettings.Issued(authority.certificatePem()));
    Admission admission = new Admission(StandardTypes.ALL, Features.ALL);
    Function<String, @Nullable Judgement> judge =
        object -> admission.judge(object, state, AddressAllocation.NONE);
    long began = System.nanoTime();
    if (rehearsed) {
      try (WebhookRehearsal rehearsal = new WebhookRehearsal(tls, judge)) {
        rehearsal.among(state);
        while (!rehearsal.isOver()) {
          LockSupport.parkNanos(Duration.ofMillis(1).toNanos());
        }
      }
    }
    long rehearsal = System.nanoTime() - began;
    List<String> millis = new ArrayList<>();
    try (Webhook webhook =
        Webhook.start(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), tls.identity(), judge)) {
      for (int i = 0; i < FIRST; i++) {
        Process curl =
            new ProcessBuilder(
                    "curl",
                    "--insecure",
                    "--silent",
                    "--output",
                    "/dev/null",
                    "--write-out",
                    "%{time_appconnect} %{time_total}",
                    "--data",
                    review(i, routes),
                    "https://127.0.0.1:%d%s".formatted(webhook.address().getPort(), Webhook.PATH))
                .start();
        String[] seconds =
            new String(curl.getInputStream().readAllBytes(), StandardCharsets.UTF_8).split(" ");
        double total = Double.parseDouble(seconds[1]);
        millis.add(
            "%.0f (%.0f without the handshake)"
                .formatted(total * 1e3, (total - Double.parseDouble(seconds[0])) * 1e3));
      }
    }
    System.out.printf(
        "%,d routes, %s in %.1f s: the first reviews took %s ms%n",
        routes, rehearsed ? "rehearsed" : "cold", rehearsal / 1e9, String.join(", ", millis));
  }

  private static ClusterState state(int routes) {
    List<SourceText> texts = new ArrayList<>();
    texts.add(SourceText.of("gateway", Shop.EMPTY + Shop.gateway("web", 80)));
    for (int i = 0; i < SERVICES; i++) {
      texts.add(SourceText.of("service", Shop.service("s" + i)));
    }
    for (int i = 0; i < routes; i++) {
      texts.add(SourceText.of("route", route(i, "/service" + i % ROUTES_PER_HOST)));
    }
    return new Manifests(StandardTypes.ALL, InstantSource.system()).load(texts).state();
  }

  /** JSON, and so YAML. */
  private static String route(int i, String path) {
    return """
    {"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute",
     "metadata": {"name": "r%d", "namespace": "shop"},
     "spec": {"parentRefs": [{"name": "web"}], "hostnames": ["h%d.example.com"],
      "rules": [{"matches": [{"path": {"type": "PathPrefix", "value": "%s"}}],
       "backendRefs": [{"name": "s%d", "port": 80}]}]}}
    """
        .formatted(i, i / ROUTES_PER_HOST, path, i % SERVICES);
  }

  private static SSLContext trusting(CertificateAuthority authority)
      throws GeneralSecurityException, IOException {
    KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
    trusted.load(null, null);
    trusted.setCertificateEntry("weir", authority.certificate());
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(null, trust.getTrustManagers(), null);
    return tls;
  }

  /** Another change of another route each time; nanoseconds until the answer is there. */
  private long ask(int routes) throws IOException, InterruptedException {
    int n = asked++;
    HttpRequest request =
        HttpRequest.newBuilder(address).POST(BodyPublishers.ofString(review(n, routes))).build();
    long began = System.nanoTime();
    HttpResponse<String> answer = client.send(request, BodyHandlers.ofString());
    long took = System.nanoTime() - began;
    if (answer.statusCode() != 200 || !answer.body().contains("\"allowed\":true")) {
      throw new IOException(answer.statusCode() + ": " + answer.body());
    }
    return took;
  }

  private static String review(int n, int routes) {
    return """
    {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
     "request": {"uid": "%d", "operation": "UPDATE", "object": %s}}
    """
        .formatted(n, route((int) (n * 7919L % routes), "/changed-" + n));
  }
}
