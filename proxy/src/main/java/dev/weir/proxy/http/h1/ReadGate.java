package dev.weir.proxy.http.h1;

import io.netty.channel.ChannelConfig;

/**
 * Stops reading from a socket, but only when bytes come although nobody wants them: an exchange
 * that is paused and resumed in between costs no system call, and the end of the connection is
 * still seen while nothing waits.
 */
final class ReadGate {
  private final ChannelConfig config;
  private boolean closed;

  ReadGate(ChannelConfig config) {
    this.config = config;
  }

  /** Nothing more is wanted. */
  void close() {
    closed = true;
  }

  /** Bytes came. */
  void bytesCame() {
    if (closed && config.isAutoRead()) {
      config.setAutoRead(false);
    }
  }

  /** Everything is wanted. */
  void open() {
    closed = false;
    if (!config.isAutoRead()) {
      config.setAutoRead(true);
    }
  }
}
