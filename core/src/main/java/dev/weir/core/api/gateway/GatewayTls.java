package dev.weir.core.api.gateway;

import dev.weir.core.api.gateway.Format.Port;
import dev.weir.core.api.schema.Default;
import dev.weir.core.api.schema.Items;
import dev.weir.core.api.schema.JsonName;
import dev.weir.core.api.schema.Unique;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * TLS of a Gateway as a whole.
 *
 * @param backend towards the backends
 * @param frontend towards the clients
 */
public record GatewayTls(@Nullable Backend backend, @Nullable Frontend frontend) {

  /**
   * How the Gateway presents itself to backends.
   *
   * @param clientCertificateRef the certificate it shows
   */
  public record Backend(@Nullable SecretObjectReference clientCertificateRef) {}

  /**
   * How clients are verified on HTTPS listeners.
   *
   * @param defaults for all ports that {@code perPort} does not name
   */
  public record Frontend(
      @JsonName("default") Config defaults,
      @Items(max = 64) @Unique("port") List<PerPort> perPort) {}

  /** How clients are verified on one port. */
  public record PerPort(@Port int port, Config tls) {}

  /**
   * How clients are verified.
   *
   * @param validation null: clients are not asked for a certificate
   */
  public record Config(@Nullable Validation validation) {}

  /**
   * What a client must prove.
   *
   * @param caCertificateRefs the authorities that sign client certificates
   */
  public record Validation(
      @Items(min = 1, max = 16) List<ObjectReference> caCertificateRefs,
      @Default("AllowValidOnly") Mode mode) {}

  /** What happens to a client without a valid certificate. */
  public enum Mode {
    /** The handshake fails. */
    ALLOW_VALID_ONLY,
    /** It is let in; the backend decides. */
    ALLOW_INSECURE_FALLBACK
  }
}
