package dev.weir.endtoend;

import dev.weir.standalone.Standalone;
import dev.weir.standalone.StandaloneOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * A gateway in this process that follows a directory of its own. It listens on an address of its
 * own: plain text on port 8080 if the listeners are not given.
 */
final class TestGateway implements AutoCloseable {
  static final int HTTP = 8080;
  static final int HTTPS = 8443;
  static final String HTTP_LISTENER = "{name: http, port: 8080, protocol: HTTP}";
  static final String HTTPS_LISTENER =
      "{name: https, port: 8443, protocol: HTTPS, tls: {certificateRefs: [{name: server}]}}";

  private final String ip;
  private final Path directory;
  private final Standalone standalone;

  private TestGateway(String ip, Path directory, Standalone standalone) {
    this.ip = ip;
    this.directory = directory;
    this.standalone = standalone;
  }

  /** A gateway with {@link #HTTP_LISTENER} and these objects; {@code root} is for its files. */
  static TestGateway start(Path root, String... yaml) throws IOException {
    return start(root, options -> options, List.of(HTTP_LISTENER), yaml);
  }

  /** A gateway with these listeners and objects. */
  static TestGateway start(
      Path root, UnaryOperator<StandaloneOptions> options, List<String> listeners, String... yaml)
      throws IOException {
    String ip = Loopback.next();
    Path directory = Files.createDirectory(root.resolve("config"));
    Files.writeString(
        directory.resolve("gateway.yaml"), Yaml.gateway(ip, listeners.toArray(String[]::new)));
    Files.writeString(directory.resolve("objects.yaml"), String.join("", yaml));
    Standalone started =
        Standalone.start(options.apply(StandaloneOptions.of(List.of(directory))), state -> {});
    return new TestGateway(ip, directory, started);
  }

  String ip() {
    return ip;
  }

  Standalone standalone() {
    return standalone;
  }

  InetSocketAddress http() {
    return new InetSocketAddress(InetAddress.ofLiteral(ip), HTTP);
  }

  InetSocketAddress https() {
    return new InetSocketAddress(InetAddress.ofLiteral(ip), HTTPS);
  }

  /** {@code http://ip:port} and the path. */
  String url(String path) {
    return "http://" + ip + ":" + HTTP + path;
  }

  /** The same with TLS; the certificate is for the name {@code weir.test}. */
  String secureUrl(String path) {
    return "https://weir.test:" + HTTPS + path;
  }

  /** Replaces the objects, as an editor does; returns before the gateway has seen it. */
  void write(String... yaml) throws IOException {
    replace("objects.yaml", yaml);
  }

  /** Replaces a file, all at once. */
  void replace(String file, String... yaml) throws IOException {
    Path fresh = Files.createTempFile(directory.getParent(), "weir", ".yaml");
    Files.writeString(fresh, String.join("", yaml));
    Files.move(fresh, directory.resolve(file), StandardCopyOption.REPLACE_EXISTING);
  }

  @Override
  public void close() {
    standalone.close();
  }
}
