package dev.weir.proxy.compile;

import dev.weir.proxy.compile.SecretValue.Certificate;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import io.netty.handler.ssl.SslContext;
import java.util.List;
import javax.net.ssl.SSLException;

/** TLS inside QUIC, which has a BoringSSL of its own; not loaded before it is used. */
final class QuicTls {
  private QuicTls() {}

  /** A context for servers. */
  static SslContext server(List<Certificate> certificates, List<String> protocols)
      throws SSLException {
    return QuicSslContextBuilder.forServer(
            TlsLibrary.keyManagers(certificates), TlsLibrary.KEY_PASSWORD)
        .applicationProtocols(protocols.toArray(String[]::new))
        .build();
  }
}
