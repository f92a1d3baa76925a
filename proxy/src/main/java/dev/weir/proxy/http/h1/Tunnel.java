package dev.weir.proxy.http.h1;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;

/**
 * One side of a tunnel, after a 101 response: raw bytes whose two directions end independently. TLS
 * connections cannot be half-closed here; they close with the first end.
 */
final class Tunnel {
  private final Channel channel;
  private final boolean secure;
  private boolean inputEnded;
  private boolean outputEnded;

  Tunnel(Channel channel) {
    this.channel = channel;
    this.secure = channel.pipeline().get(SslHandler.class) != null;
    channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
  }

  /** The peer sends nothing more. */
  void endInput() {
    inputEnded = true;
    if (outputEnded) {
      channel.close();
    }
  }

  /** We send nothing more than what is in {@code out}. */
  void endOutput(WireBuffer out) {
    outputEnded = true;
    out.finish()
        .addListener(done -> {
          if (inputEnded || secure || !(channel instanceof DuplexChannel duplex)) {
            channel.close();
          } else {
            duplex.shutdownOutput();
          }
        });
  }

  /** Whether the peer has ended its direction. */
  boolean inputEnded() {
    return inputEnded;
  }

  /** Whether we have ended our direction. */
  boolean outputEnded() {
    return outputEnded;
  }

  /** Whether both directions have ended. */
  boolean over() {
    return inputEnded && outputEnded;
  }
}
