package dev.weir.proxy.server;

import dev.weir.proxy.plan.ChainPlan;
import dev.weir.proxy.plan.ChainTable;
import dev.weir.proxy.plan.DownstreamTls;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.unix.UnixChannelOption;
import io.netty.handler.codec.http3.Http3;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicSslContext;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import java.net.InetSocketAddress;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A UDP socket of one worker with the QUIC connections on it. It outlives its listener as long as
 * there are connections, and another listener on the same address goes on with it.
 *
 * <p>The kernel gives a socket all datagrams of a client's address and port. When the port changes,
 * as NAT may do at any time, that may be another worker's socket: this one hands such datagrams
 * over. A connection does not move to another IP address.
 */
final class QuicSocket {
  private static final Logger log = LoggerFactory.getLogger(QuicSocket.class);

  /** Beyond so many open handshakes on a socket, clients have to validate their address first. */
  private static final int MOST_TRUSTED_HANDSHAKES = 64;

  /** Without a packet of the client; limits of HTTP are shorter where they are to be. */
  private static final long IDLE_SECONDS = 300;

  /** What a client may send before it hears of us reading it; QUIC lets both grow with use. */
  private static final int STREAM_WINDOW = 256 * 1024;

  private static final int CONNECTION_WINDOW = 1024 * 1024;

  /**
   * Ports of a client that a connection can know, the first included. The library keeps the former
   * ones, and drops what comes from more.
   */
  static final int MOST_PORTS = 8;

  /** Streams of the client's own: control and the two of QPACK; the others are ignored anyway. */
  private static final int MOST_OTHER_STREAMS = 8;

  /** The first byte of a packet has this bit if its header is long (RFC 9000, section 17.2). */
  private static final int LONG_HEADER = 0x80;

  /** In a short header the id of the connection follows the first byte. */
  private static final int SHORT_ID_AT = 1;

  /** In a long one, after four bytes of version, its length stands before it. */
  private static final int LONG_ID_LENGTH_AT = 5;

  private static final int LONG_ID_AT = 6;

  private final Worker worker;
  private final InetSocketAddress address;
  private final DatagramChannel channel;
  private final ConnectionIds ids;
  private final Set<DownstreamChannel> connections = new HashSet<>();
  private @Nullable QuicListenerState listener;
  private int handshakes;

  /** Not open yet. */
  QuicSocket(Worker worker, InetSocketAddress address) {
    this.worker = worker;
    this.address = address;
    this.channel = worker.transport().openDatagrams();
    this.ids = new ConnectionIds(worker.number());
  }

  Channel channel() {
    return channel;
  }

  /** Opens the socket; connections go to {@code first} until that changes. */
  ChannelFuture bind(QuicListenerState first) {
    listener = first;
    if (worker.transport().sharesPorts()) {
      channel.config().setOption(UnixChannelOption.SO_REUSEPORT, true);
    }
    channel.config().setOption(ChannelOption.SO_RCVBUF, 2 * CONNECTION_WINDOW);
    channel.pipeline().addLast(new Gate(), codec(first.plan().chains()), new Failures());
    worker.loop().register(channel);
    return channel.bind(address);
  }

  /** New connections are for {@code next} from now on. */
  void serve(QuicListenerState next) {
    listener = next;
  }

  /** Whether it is open only for the connections that it has. */
  boolean retired() {
    return listener == null;
  }

  /** Takes in nothing new, lets connections end when nothing runs on them, and closes then. */
  void retire() {
    listener = null;
    // A copy: those in their handshake close at once and leave the set.
    Set.copyOf(connections).forEach(DownstreamChannel::drain);
    closeIfUnused();
  }

  private void closeIfUnused() {
    if (retired() && connections.isEmpty()) {
      channel.close();
    }
  }

  private ChannelHandler codec(ChainTable chains) {
    QuicSslContext byName = QuicSslContextBuilder.buildForServerWithSni(this::certificates);
    return Http3.newQuicServerCodecBuilder()
        .sslContext(byName)
        .connectionIdAddressGenerator(ids)
        .tokenHandler(
            new RetryTokens(
                ids, () -> handshakes > MOST_TRUSTED_HANDSHAKES, worker.deadlines()::now))
        .maxIdleTimeout(IDLE_SECONDS, TimeUnit.SECONDS)
        .initialMaxData(CONNECTION_WINDOW)
        .initialMaxStreamDataBidirectionalRemote(STREAM_WINDOW)
        .initialMaxStreamsBidirectional(streams(chains))
        .initialMaxStreamsUnidirectional(MOST_OTHER_STREAMS)
        .activeConnectionIdLimit(MOST_PORTS)
        .activeMigration(false)
        .handler(
            new ChannelInitializer<QuicChannel>() {
              @Override
              protected void initChannel(QuicChannel connection) {
                accept(connection);
              }
            })
        .build();
  }

  private void accept(QuicChannel quic) {
    if (listener == null) {
      quic.pipeline().addLast(new Failures()); // it gets no certificate
      return;
    }
    handshakes++;
    DownstreamChannel connection = listener.accept(quic, () -> handshakes--);
    connections.add(connection);
    quic.closeFuture()
        .addListener(closed -> {
          connections.remove(connection);
          closeIfUnused();
        });
  }

  /** The certificates to show, or null to end the handshake. */
  private @Nullable QuicSslContext certificates(@Nullable String serverName) {
    if (listener == null) {
      return null;
    }
    String name = serverName == null ? null : serverName.toLowerCase(Locale.ROOT);
    ChainPlan chain = listener.plan().chains().find(name);
    DownstreamTls tls = chain == null ? null : chain.tls();
    return tls != null && tls.context(name) instanceof QuicSslContext context ? context : null;
  }

  /** The transport has one limit for all chains: that of the strictest, when the socket opens. */
  private static int streams(ChainTable chains) {
    return Stream.concat(
            Stream.ofNullable(chains.otherwise()),
            Stream.concat(chains.exact().values().stream(), chains.wildcard().values().stream()))
        .mapToInt(chain -> chain.http().options().maxConcurrentStreams())
        .min()
        .orElse(1);
  }

  /** A datagram that another worker's socket got. */
  void receive(DatagramPacket packet) {
    channel.pipeline().fireChannelRead(packet).fireChannelReadComplete();
  }

  /** Lets those datagrams through that are for this worker and come from where they may. */
  private final class Gate extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      DatagramPacket packet = (DatagramPacket) message;
      ByteBuf bytes = packet.content();
      int start = bytes.readerIndex();
      if (!bytes.isReadable()) {
        packet.release();
      } else if ((bytes.getByte(start) & LONG_HEADER) == 0) {
        established(ctx, packet, start + SHORT_ID_AT);
      } else if (namesOurs(bytes, start) && strange(packet, start + LONG_ID_AT)) {
        packet.release();
      } else {
        ctx.fireChannelRead(packet);
      }
    }

    /** A packet of a connection, whose id is at {@code id}. */
    private void established(ChannelHandlerContext ctx, DatagramPacket packet, int id) {
      ByteBuf bytes = packet.content();
      if (id + ConnectionIds.LENGTH > bytes.writerIndex()) {
        packet.release();
        return;
      }
      int owner = ConnectionIds.worker(bytes, id);
      if (owner != worker.number()) {
        worker.quic().pass(packet, owner, address);
      } else if (strange(packet, id)) {
        packet.release();
      } else {
        ctx.fireChannelRead(packet);
      }
    }

    /** Whether a packet with a long header is for a connection that has an id of ours. */
    private boolean namesOurs(ByteBuf bytes, int start) {
      return start + LONG_ID_AT + ConnectionIds.LENGTH <= bytes.writerIndex()
          && bytes.getByte(start + LONG_ID_LENGTH_AT) == ConnectionIds.LENGTH
          && ids.ours(bytes, start + LONG_ID_AT);
    }

    private boolean strange(DatagramPacket packet, int id) {
      return !ids.fits(packet.content(), id, packet.sender().getAddress());
    }
  }

  /** The last handler. */
  private static final class Failures extends ChannelInboundHandlerAdapter {
    @Override
    @SuppressWarnings("deprecation") // Netty deprecates it on the base interface only
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      // What anybody may send to a port of UDP, or an answer that cannot be sent: no reason to
      // stop.
      log.debug("QUIC socket {}: {}", ctx.channel(), cause.toString());
    }
  }
}
