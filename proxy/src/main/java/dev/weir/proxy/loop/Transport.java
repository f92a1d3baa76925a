package dev.weir.proxy.loop;

import io.netty.channel.Channel;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import java.net.SocketAddress;

/** How event loops talk to the kernel. */
public enum Transport {
  /** Linux's epoll by Netty's native library. */
  EPOLL,
  /**
   * The JDK's selector, where there is no native library: one worker only, for want of
   * SO_REUSEPORT, and no unix domain sockets.
   */
  NIO;

  /** The best that this machine has. */
  public static Transport available() {
    return Epoll.isAvailable() ? EPOLL : NIO;
  }

  /** Whether many loops can listen on one address, the kernel spreading connections. */
  public boolean sharesPorts() {
    return this == EPOLL;
  }

  /** For one loop, whose turns are {@code turn}; with NIO it has none. */
  public IoHandlerFactory loop(Turn turn) {
    return switch (this) {
      case EPOLL -> new EpollLoops(turn);
      case NIO -> NioIoHandler.newFactory();
    };
  }

  public Class<? extends ServerChannel> server() {
    return switch (this) {
      case EPOLL -> EpollServerSocketChannel.class;
      case NIO -> NioServerSocketChannel.class;
    };
  }

  /**
   * Channels that connect to {@code address}.
   *
   * @throws UnsupportedOperationException for a unix domain socket where there are none
   */
  public Class<? extends Channel> client(SocketAddress address) {
    if (address instanceof DomainSocketAddress) {
      if (this == NIO) {
        throw new UnsupportedOperationException(
            "unix domain sockets need Netty's native library, which this machine has not");
      }
      return EpollDomainSocketChannel.class;
    }
    return stream();
  }

  /** TCP channels that connect. */
  public Class<? extends SocketChannel> stream() {
    return switch (this) {
      case EPOLL -> EpollSocketChannel.class;
      case NIO -> NioSocketChannel.class;
    };
  }

  /** A UDP socket, not registered yet. */
  public DatagramChannel openDatagrams() {
    return switch (this) {
      case EPOLL -> new EpollDatagramChannel();
      case NIO -> new NioDatagramChannel();
    };
  }

  public Class<? extends DatagramChannel> datagram() {
    return switch (this) {
      case EPOLL -> EpollDatagramChannel.class;
      case NIO -> NioDatagramChannel.class;
    };
  }
}
