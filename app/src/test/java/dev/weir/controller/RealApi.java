package dev.weir.controller;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyManagementException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * {@code etcd} and {@code kube-apiserver} as processes, where {@code KUBEBUILDER_ASSETS} or {@code
 * PATH} has both.
 */
final class RealApi implements AutoCloseable {
  private static final String TOKEN = "weir-test-token";
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Path programs;
  private final Path directory;
  private final int etcdPort;
  private final int port;
  private Process etcd;
  private Process server;

  private RealApi(Path programs, Path directory) throws IOException {
    this.programs = programs;
    this.directory = Files.createTempDirectory(directory, "apiserver");
    this.etcdPort = freePort();
    this.port = freePort();
    Files.writeString(
        this.directory.resolve("tokens.csv"), TOKEN + ",test,test,\"system:masters\"\n");
    writeKeys();
    this.etcd = startEtcd();
    this.server = startServer();
    awaitReady();
  }

  /** Starts both; null if this machine does not have them. */
  static @Nullable RealApi start(Path directory) throws IOException {
    Path programs = programs();
    return programs == null ? null : new RealApi(programs, directory);
  }

  private static @Nullable Path programs() {
    List<String> places = new ArrayList<>();
    String assets = System.getenv("KUBEBUILDER_ASSETS");
    if (assets != null) {
      places.add(assets);
    }
    String path = System.getenv("PATH");
    if (path != null) {
      places.addAll(List.of(path.split(File.pathSeparator)));
    }
    for (String place : places) {
      Path candidate = Path.of(place);
      if (Files.isExecutable(candidate.resolve("kube-apiserver"))
          && Files.isExecutable(candidate.resolve("etcd"))) {
        return candidate;
      }
    }
    return null;
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** The keys with which the server signs tokens of ServiceAccounts. */
  private void writeKeys() throws IOException {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(2048);
      KeyPair keys = generator.generateKeyPair();
      Files.writeString(
          directory.resolve("sa.key"), pem("PRIVATE KEY", keys.getPrivate().getEncoded()));
      Files.writeString(
          directory.resolve("sa.pub"), pem("PUBLIC KEY", keys.getPublic().getEncoded()));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has RSA", e);
    }
  }

  private static String pem(String type, byte[] content) {
    return "-----BEGIN %1$s-----\n%2$s\n-----END %1$s-----\n"
        .formatted(type, Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content));
  }

  private Process startEtcd() throws IOException {
    return run(
        "etcd",
        "--data-dir=" + directory.resolve("etcd"),
        "--listen-client-urls=http://127.0.0.1:" + etcdPort,
        "--advertise-client-urls=http://127.0.0.1:" + etcdPort,
        "--listen-peer-urls=http://127.0.0.1:0",
        "--unsafe-no-fsync");
  }

  private Process startServer() throws IOException {
    return run(
        "kube-apiserver",
        "--etcd-servers=http://127.0.0.1:" + etcdPort,
        "--cert-dir=" + directory.resolve("certs"),
        "--bind-address=127.0.0.1",
        "--secure-port=" + port,
        "--token-auth-file=" + directory.resolve("tokens.csv"),
        "--authorization-mode=RBAC",
        "--service-account-issuer=https://kubernetes.default.svc",
        "--service-account-key-file=" + directory.resolve("sa.pub"),
        "--service-account-signing-key-file=" + directory.resolve("sa.key"),
        "--service-cluster-ip-range=10.0.0.0/24",
        "--disable-admission-plugins=ServiceAccount");
  }

  private Process run(String program, String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(programs.resolve(program).toString());
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(
            ProcessBuilder.Redirect.appendTo(directory.resolve(program + ".log").toFile()))
        .start();
  }

  private void awaitReady() throws IOException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try (HttpClient client = HttpClient.newBuilder().sslContext(trustingAll()).build()) {
        HttpResponse<String> answer =
            client.send(
                HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + port + "/readyz"))
                    .header("Authorization", "Bearer " + TOKEN)
                    .build(),
                HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() == 200) {
          return;
        }
      } catch (IOException e) {
        if (!server.isAlive() || System.nanoTime() > end) {
          throw new IOException("kube-apiserver does not start: see " + directory, e);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted", e);
      }
      if (System.nanoTime() > end) {
        throw new IOException("kube-apiserver is not ready: see " + directory);
      }
      Thread.onSpinWait();
    }
  }

  /** Whatever the server of this test shows, it is the one that was started here. */
  private static SSLContext trustingAll() {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {new Trusting()}, null);
      return context;
    } catch (NoSuchAlgorithmException | KeyManagementException e) {
      throw new IllegalStateException("every JDK has TLS", e);
    }
  }

  private static final class Trusting extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }

  String kubeconfig() {
    return """
    apiVersion: v1
    kind: Config
    clusters:
    - name: test
      cluster: {server: "https://127.0.0.1:%d", insecure-skip-tls-verify: true}
    contexts: [{name: test, context: {cluster: test, user: test, namespace: weir-system}}]
    current-context: test
    users: [{name: test, user: {token: %s}}]
    """
        .formatted(port, TOKEN);
  }

  String description() {
    return "kube-apiserver of " + programs + " on port " + port;
  }

  /** The API server ends; etcd keeps what it holds. */
  void stop() {
    end(server);
  }

  void startAgain() throws IOException {
    server = startServer();
    awaitReady();
  }

  private static void end(Process process) {
    process.destroy();
    try {
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    end(server);
    end(etcd);
    try (var files = Files.walk(directory)) {
      for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
