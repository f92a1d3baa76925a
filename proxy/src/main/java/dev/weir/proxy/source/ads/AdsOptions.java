package dev.weir.proxy.source.ads;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where configuration comes from, and for whom.
 *
 * @param host name or address of the controller; its certificate has to be for it
 * @param node name of this proxy, the same after a restart
 * @param serves what it serves: {@code Gateway/<namespace>/<name>} or {@code GatewayClass/<name>}
 * @param version of this program
 */
public record AdsOptions(
    String host, int port, String node, String serves, String version, Security security) {

  /** How both sides prove who they are. */
  public sealed interface Security {
    /** Not at all: plain text, for tests and for networks that protect it themselves. */
    record Insecure() implements Security {}

    /**
     * A certificate from files (PEM), which are read again for each connection.
     *
     * @param authorities who may vouch for the controller, or null for those of the system
     * @param key PKCS #8
     */
    record Files(@Nullable Path authorities, Path certificate, Path key) implements Security {}

    /**
     * A certificate that the controller issues and renews.
     *
     * @param authorities who may vouch for the controller (PEM)
     * @param token file with the token that says who asks, read each time
     */
    record Token(Path authorities, Path token) implements Security {}
  }
}
