package dev.weir.controlplane.topology;

import dev.weir.core.api.gateway.GatewayTls;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a listener ends TLS.
 *
 * @param certificates the valid ones, in the order of the listener's references; not empty
 * @param clients what clients must prove, or null if they are not asked for a certificate
 */
public record TlsTermination(List<KeyPair> certificates, @Nullable ClientValidation clients) {
  public TlsTermination {
    certificates = List.copyOf(certificates);
  }

  /**
   * What clients must prove.
   *
   * @param authorities who may sign their certificates; not empty
   * @param mode what happens to a client without a valid certificate
   */
  public record ClientValidation(List<CaBundle> authorities, GatewayTls.Mode mode) {
    public ClientValidation {
      authorities = List.copyOf(authorities);
    }
  }
}
