package dev.weir.echo;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The JSON an echo backend answers with: the request as it arrived.
 *
 * @param path path and query
 * @param host authority
 * @param headers values by name, names capitalised as in {@code Content-Type}
 * @param tls the TLS connection, or null for plain text
 */
public record EchoAnswer(
    String path,
    String host,
    String method,
    String proto,
    Map<String, List<String>> headers,
    String httpPort,
    String namespace,
    String pod,
    @Nullable Tls tls) {

  /**
   * What the backend saw of TLS.
   *
   * @param version e.g. {@code TLSv1.3}
   * @param peerCertificates the client's certificates in PEM, leaf first
   */
  public record Tls(
      String version,
      String serverName,
      String negotiatedProtocol,
      String cipherSuite,
      List<String> peerCertificates) {}
}
