package dev.weir.controlplane.serve;

import java.net.InetSocketAddress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How the server is reached.
 *
 * @param address where it listens; port 0 for any
 * @param tls null for plaintext, where every client may read everything: for trials and tests
 * @param keepAlive time without a byte after which a client is asked whether it is still there
 */
public record ServeOptions(InetSocketAddress address, @Nullable ServeTls tls, Duration keepAlive) {
  private static final Duration KEEP_ALIVE = Duration.ofSeconds(30);

  public ServeOptions(InetSocketAddress address, @Nullable ServeTls tls) {
    this(address, tls, KEEP_ALIVE);
  }
}
