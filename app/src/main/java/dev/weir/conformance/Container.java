package dev.weir.conformance;

import dev.weir.echo.EchoPort;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.security.cert.X509Certificate;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A container of a Deployment, as its image behaves: the echo image of the Gateway API conformance
 * suite, which its environment makes an HTTP, gRPC, TCP or UDP backend, or CoreDNS.
 */
final class Container {
  private final JsonNode spec;
  private final Map<String, String> environment = new HashMap<>();
  private final Map<String, String> files;

  /**
   * @param files contents of mounted files by path
   */
  private Container(JsonNode spec, Map<String, String> files) {
    this.spec = spec;
    this.files = files;
    for (JsonNode variable : spec.path("env")) {
      environment.put(variable.path("name").asString(), variable.path("value").asString(""));
    }
  }

  /**
   * @param materials the value of a key of a Secret or ConfigMap
   */
  static Container of(
      JsonNode podSpec, JsonNode container, Function<Pem, String> materials, String namespace) {
    Map<String, String> files = new HashMap<>();
    for (JsonNode mount : container.path("volumeMounts")) {
      for (JsonNode volume : podSpec.path("volumes")) {
        if (volume.path("name").equals(mount.path("name"))) {
          files.putAll(files(mount.path("mountPath").asString(), volume, materials, namespace));
        }
      }
    }
    return new Container(container, files);
  }

  private static Map<String, String> files(
      String folder, JsonNode volume, Function<Pem, String> materials, String namespace) {
    Map<String, String> files = new HashMap<>();
    JsonNode secret = volume.path("secret");
    for (JsonNode item : secret.path("items")) {
      files.put(
          folder + "/" + item.path("path").asString(),
          materials.apply(
              new Pem(
                  "Secret",
                  namespace,
                  secret.path("secretName").asString(),
                  item.path("key").asString())));
    }
    JsonNode configMap = volume.path("configMap");
    for (JsonNode item : configMap.path("items")) {
      files.put(
          folder + "/" + item.path("path").asString(),
          materials.apply(
              new Pem(
                  "ConfigMap",
                  namespace,
                  configMap.path("name").asString(),
                  item.path("key").asString())));
    }
    return files;
  }

  String service() {
    return environment.getOrDefault("SERVICE_NAME", "");
  }

  /** What it listens on, by port. */
  Map<Integer, EchoPort> ports() throws IOException {
    Map<Integer, EchoPort> ports = new LinkedHashMap<>();
    String image = spec.path("image").asString("");
    if (image.contains("coredns")) {
      ports.put(53, new EchoPort.Dns());
    } else if (!image.contains("echo-basic")) {
      throw new IOException("no backend is known that behaves as image " + image);
    } else if (environment.containsKey("GRPC_ECHO_SERVER")) {
      ports.put(port("HTTP_PORT", 3000), new EchoPort.Grpc(null));
      SslContext tls = tls("TLS_SERVER_PRIV_KEY", Alpn.HTTP2);
      if (tls != null) {
        ports.put(port("HTTPS_PORT", 8443), new EchoPort.Grpc(tls));
      }
    } else if (environment.containsKey("TCP_ECHO_SERVER")) {
      ports.put(port("TCP_PORT", 3000), new EchoPort.Lines(null));
      SslContext tls = tls("TLS_SERVER_PRIV_KEY", Alpn.NONE);
      if (tls != null) {
        ports.put(port("TLS_PORT", 8443), new EchoPort.Lines(tls));
      }
    } else if (environment.containsKey("UDP_ECHO_SERVER")) {
      ports.put(port("UDP_PORT", 8080), new EchoPort.Datagrams());
    } else {
      ports.put(port("HTTP_PORT", 3000), new EchoPort.Http1());
      ports.put(port("H2C_PORT", 3001), new EchoPort.Http2());
      SslContext tls = tls("TLS_SERVER_PRIVKEY", Alpn.BOTH);
      if (tls != null) {
        ports.put(port("HTTPS_PORT", 8443), new EchoPort.Https(tls));
      }
    }
    return ports;
  }

  private int port(String variable, int otherwise) {
    String value = environment.getOrDefault(variable, "");
    return value.isEmpty() ? otherwise : Integer.parseInt(value);
  }

  private enum Alpn {
    NONE,
    HTTP2,
    BOTH
  }

  /** Null unless certificate and key are configured. */
  private @Nullable SslContext tls(String keyVariable, Alpn alpn) throws SSLException {
    String certificate = file("TLS_SERVER_CERT");
    String key = file(keyVariable);
    if (certificate == null || key == null) {
      return null;
    }
    SslContextBuilder builder =
        SslContextBuilder.forServer(
                Material.key(key),
                Material.certificates(certificate).toArray(X509Certificate[]::new))
            .sslProvider(SslProvider.JDK);
    String authorities = file("TLS_CLIENT_CACERTS");
    if (authorities != null) {
      builder
          .clientAuth(ClientAuth.OPTIONAL)
          .trustManager(Material.certificates(authorities).toArray(X509Certificate[]::new));
    }
    switch (alpn) {
      case NONE -> {}
      case HTTP2 -> builder.applicationProtocolConfig(alpn("h2"));
      case BOTH -> builder.applicationProtocolConfig(alpn("h2", "http/1.1"));
    }
    return builder.build();
  }

  private @Nullable String file(String variable) {
    String path = environment.get(variable);
    return path == null ? null : files.get(path);
  }

  static ApplicationProtocolConfig alpn(String... protocols) {
    return new ApplicationProtocolConfig(
        Protocol.ALPN,
        SelectorFailureBehavior.NO_ADVERTISE,
        SelectedListenerFailureBehavior.ACCEPT,
        protocols);
  }
}
