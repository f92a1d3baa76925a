package dev.weir.echo;

import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import java.nio.charset.StandardCharsets;
import java.security.cert.Certificate;
import java.security.cert.CertificateEncodingException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/** Reads what an answer tells about TLS from a connection. */
final class TlsFacts {
  private TlsFacts() {}

  static EchoAnswer.@Nullable Tls of(Channel connection) {
    SslHandler handler = connection.pipeline().get(SslHandler.class);
    if (handler == null) {
      return null;
    }
    SSLSession session = handler.engine().getSession();
    String protocol = handler.applicationProtocol();
    return new EchoAnswer.Tls(
        session.getProtocol(),
        serverName(session),
        protocol == null ? "" : protocol,
        session.getCipherSuite(),
        peerCertificates(session));
  }

  private static String serverName(SSLSession session) {
    if (session instanceof ExtendedSSLSession extended) {
      for (var name : extended.getRequestedServerNames()) {
        if (name instanceof SNIHostName host) {
          return host.getAsciiName();
        }
      }
    }
    return "";
  }

  private static List<String> peerCertificates(SSLSession session) {
    List<String> pem = new ArrayList<>();
    try {
      Base64.Encoder lines = Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII));
      for (Certificate certificate : session.getPeerCertificates()) {
        pem.add(
            "-----BEGIN CERTIFICATE-----\n"
                + lines.encodeToString(certificate.getEncoded())
                + "\n-----END CERTIFICATE-----\n");
      }
    } catch (SSLPeerUnverifiedException e) {
      return List.of();
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException("a certificate that was verified cannot be encoded", e);
    }
    return pem;
  }
}
