package dev.weir.proxy.loop;

import io.netty.channel.Channel;
import io.netty.channel.IoEvent;
import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.IoOps;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.unix.FileDescriptor;
import io.netty.util.concurrent.ThreadAwareExecutor;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Netty's epoll for one loop, with three differences.
 *
 * <p>TCP connections are edge-triggered: the kernel tells of one that something has come for it,
 * and does not look at it again with the next wait, which is 3 % of the CPU time of a small
 * request. A read that did not fill its buffer has taken all there was (epoll(7), question 9).
 * After one that did, the socket is submitted anew: the kernel looks at it then, and tells of it if
 * there is more. The same goes for whoever begins to read again after a pause.
 *
 * <p>Sockets stay in the set. Netty (4.2.14 to 4.2.20 at least) removes a socket when nothing is
 * awaited of it, and does not add it again: the next write that is not done at once fails with "No
 * such file or directory", and what was to be written is lost. It happens when a peer has ended its
 * direction and takes the other one slowly. Here such sockets await nothing, edge-triggered, which
 * keeps them in the set without waking anybody.
 *
 * <p>The loop knows its {@link Turn}, and does not sleep while something waits for the end of one.
 */
final class EpollLoops implements IoHandlerFactory {
  /** The context of a turn that must not sleep; Netty then asks for nothing else. */
  private static final IoHandlerContext AT_ONCE =
      new IoHandlerContext() {
        @Override
        public boolean canBlock() {
          return false;
        }

        @Override
        public long delayNanos(long now) {
          return 0;
        }

        @Override
        public long deadlineNanos() {
          return -1;
        }
      };

  private final IoHandlerFactory epoll = EpollIoHandler.newFactory();
  private final Turn turn;

  /** Makes the handler of one loop, whose turns are {@code turn}. */
  EpollLoops(Turn turn) {
    this.turn = turn;
  }

  @Override
  public IoHandler newHandler(ThreadAwareExecutor executor) {
    return new Handler(epoll.newHandler(executor), turn);
  }

  @Override
  public boolean isChangingThreadSupported() {
    return epoll.isChangingThreadSupported();
  }

  private record Handler(IoHandler epoll, Turn turn) implements IoHandler {
    @Override
    @SuppressWarnings("try") // it is closed with its channel
    public IoRegistration register(IoHandle handle) throws Exception {
      if (handle instanceof EpollIoHandle socket
          && handle instanceof Channel.Unsafe unsafe
          && unsafe.voidPromise().channel() instanceof SocketChannel) {
        Connection connection = new Connection(socket, unsafe);
        return connection.registered(epoll.register(connection));
      }
      return new Registration(epoll.register(handle), false);
    }

    @Override
    public void initialize() {
      epoll.initialize();
    }

    @Override
    public int run(IoHandlerContext context) {
      int sockets = 0;
      turn.begin();
      try {
        sockets = epoll.run(turn.isAwaited() ? AT_ONCE : context);
      } finally {
        turn.end(sockets);
      }
      return sockets;
    }

    @Override
    public void prepareToDestroy() {
      epoll.prepareToDestroy();
    }

    @Override
    public void destroy() {
      epoll.destroy();
    }

    @Override
    public void wakeup() {
      epoll.wakeup();
    }

    @Override
    public boolean isCompatible(Class<? extends IoHandle> handleType) {
      return epoll.isCompatible(handleType);
    }
  }

  /** A TCP connection, which is told of once what has come for it. */
  @SuppressWarnings("try") // Netty's signature of close
  private static final class Connection implements EpollIoHandle {
    private final EpollIoHandle socket;
    private final Channel.Unsafe unsafe;
    private @Nullable Registration registration;

    Connection(EpollIoHandle socket, Channel.Unsafe unsafe) {
      this.socket = socket;
      this.unsafe = unsafe;
    }

    Registration registered(IoRegistration its) {
      Registration made = new Registration(its, true);
      registration = made;
      return made;
    }

    @Override
    public FileDescriptor fd() {
      return socket.fd();
    }

    @Override
    public void handle(IoRegistration its, IoEvent event) {
      Registration ours = Objects.requireNonNull(registration);
      socket.handle(ours, event);
      var read = unsafe.recvBufAllocHandle();
      int count = read.lastBytesRead();
      if (count > 0 && count == read.attemptedBytesRead()) {
        ours.lookAgain();
      }
    }

    @Override
    public void registered() {
      socket.registered();
    }

    @Override
    public void unregistered() {
      socket.unregistered();
    }

    @Override
    public void close() throws Exception {
      socket.close();
    }
  }

  private static final class Registration implements IoRegistration {
    private final IoRegistration registration;
    private final boolean edges;

    /** What is awaited; none before the socket has awaited anything, and is in the set. */
    private EpollIoOps awaited = EpollIoOps.NONE;

    Registration(IoRegistration registration, boolean edges) {
      this.registration = registration;
      this.edges = edges;
    }

    @Override
    public long submit(IoOps ops) {
      EpollIoOps wanted = (EpollIoOps) ops;
      boolean nothing = EpollIoOps.NONE.equals(wanted);
      if (nothing && EpollIoOps.NONE.equals(awaited)) {
        return registration.submit(ops);
      }
      awaited = edges || nothing ? wanted.with(EpollIoOps.EPOLLET) : wanted;
      return registration.submit(awaited);
    }

    /** Tells the kernel what it knows: it looks whether that is there already. */
    void lookAgain() {
      if (registration.isValid() && awaited.contains(EpollIoOps.EPOLLIN)) {
        registration.submit(awaited);
      }
    }

    @Override
    @SuppressWarnings("TypeParameterUnusedInFormals") // Netty's signature
    public <T> T attachment() {
      return registration.attachment();
    }

    @Override
    public boolean isValid() {
      return registration.isValid();
    }

    @Override
    public boolean cancel() {
      return registration.cancel();
    }
  }
}
