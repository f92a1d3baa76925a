package dev.weir.proxy.http.h2;

import io.netty.channel.Channel;
import io.netty.handler.codec.http2.Http2Exception;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the log says when a connection ends for an error. */
final class ConnectionErrors {
  private static final Logger log = LoggerFactory.getLogger(ConnectionErrors.class);

  private ConnectionErrors() {}

  /**
   * Writes it down: peers break connections and rules every day, our own exceptions are bugs.
   *
   * @param error the protocol's error in {@code cause}, if there is one
   */
  static void log(Channel channel, @Nullable Throwable cause, @Nullable Http2Exception error) {
    if (error == null && !(cause instanceof IOException)) {
      log.error("{} closed for an exception that nobody expected", channel, cause);
    } else {
      log.debug("{} closed for an error", channel, cause);
    }
  }
}
