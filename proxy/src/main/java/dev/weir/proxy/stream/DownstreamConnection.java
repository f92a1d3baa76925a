package dev.weir.proxy.stream;

import org.jspecify.annotations.Nullable;

/** What an exchange may know of the client's connection. Values are fixed for its lifetime. */
public interface DownstreamConnection {
  /** The peer's IP address as text in ASCII bytes, made once per connection; do not change. */
  byte[] peerAddress();

  /** Port of the listen socket. */
  int localPort();

  /** Whether the connection is TLS. */
  boolean secure();

  /** The server name the client asked for in TLS, lower case, or null. */
  @Nullable String serverName();

  /** Protocol of the connection, for logs and metrics. */
  Protocol protocol();

  /** An HTTP version as spoken on one connection. */
  enum Protocol {
    HTTP_1("HTTP/1.1"),
    HTTP_2("HTTP/2"),
    HTTP_3("HTTP/3");

    private final String text;

    Protocol(String text) {
      this.text = text;
    }

    /** As written in access logs. */
    public String text() {
      return text;
    }
  }
}
