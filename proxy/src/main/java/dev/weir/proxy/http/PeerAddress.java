package dev.weir.proxy.http;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** The text of a peer's address as logs and header fields have it. */
public final class PeerAddress {
  private PeerAddress() {}

  /** The IP address in ASCII bytes, without port and scope; empty for other sockets. */
  public static byte[] text(@Nullable SocketAddress peer) {
    String text = peer instanceof InetSocketAddress inet ? inet.getAddress().getHostAddress() : "";
    int scope = text.indexOf('%');
    return (scope < 0 ? text : text.substring(0, scope)).getBytes(StandardCharsets.US_ASCII);
  }
}
