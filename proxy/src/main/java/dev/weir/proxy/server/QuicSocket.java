package dev.weir.proxy.server;

import dev.weir.proxy.plan.ChainPlan;
import dev.weir.proxy.plan.ChainTable;
import dev.weir.proxy.plan.DownstreamTls;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.unix.UnixChannelOption;
import io.netty.handler.codec.http3.Http3;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicSslContext;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import java.net.InetSocketAddress;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A UDP socket of one worker with the QUIC connections on it. The kernel gives a socket all
 * datagrams of a client's address, so that a connection stays on its worker; connections do not
 * move to other addresses, for that reason.
 */
final class QuicSocket {
  /** Beyond so many open handshakes on a socket, clients have to validate their address first. */
  private static final int TRUSTING_HANDSHAKES = 64;

  /** Both sides; limits of HTTP are shorter where they are to be. */
  private static final long IDLE_MINUTES = 5;

  /** What a client may send before it hears of us reading it; QUIC lets both grow with use. */
  private static final int STREAM_WINDOW = 256 * 1024;

  private static final int CONNECTION_WINDOW = 1024 * 1024;

  private final ListenerState listener;
  private final Worker worker;
  private int handshakes;

  QuicSocket(ListenerState listener, Worker worker) {
    this.listener = listener;
    this.worker = worker;
  }

  /** Opens the socket. */
  ChannelFuture bind(InetSocketAddress address) {
    Bootstrap bootstrap =
        new Bootstrap()
            .group(worker.loop())
            .channel(worker.transport().datagram())
            .handler(codec());
    if (worker.transport().sharesPorts()) {
      bootstrap.option(UnixChannelOption.SO_REUSEPORT, true);
    }
    return bootstrap.option(ChannelOption.SO_RCVBUF, 2 * CONNECTION_WINDOW).bind(address);
  }

  private ChannelHandler codec() {
    QuicSslContext byName = QuicSslContextBuilder.buildForServerWithSni(this::certificates);
    return Http3.newQuicServerCodecBuilder()
        .sslContext(byName)
        .tokenHandler(
            new RetryTokens(() -> handshakes > TRUSTING_HANDSHAKES, worker.deadlines()::now))
        .maxIdleTimeout(IDLE_MINUTES, TimeUnit.MINUTES)
        .initialMaxData(CONNECTION_WINDOW)
        .initialMaxStreamDataBidirectionalRemote(STREAM_WINDOW)
        .initialMaxStreamsBidirectional(streams(listener.plan().chains()))
        .activeMigration(false)
        .handler(
            new ChannelInitializer<QuicChannel>() {
              @Override
              protected void initChannel(QuicChannel channel) {
                handshakes++;
                listener.accept(channel, worker, () -> handshakes--);
              }
            })
        .build();
  }

  /** The certificates to show, or null to end the handshake. */
  private @Nullable QuicSslContext certificates(@Nullable String serverName) {
    if (!listener.accepts()) {
      return null;
    }
    String name = serverName == null ? null : serverName.toLowerCase(Locale.ROOT);
    ChainPlan chain = listener.plan().chains().find(name);
    DownstreamTls tls = chain == null ? null : chain.tls();
    return tls != null && tls.context(name) instanceof QuicSslContext context ? context : null;
  }

  /** The transport has one limit for all chains. */
  private static int streams(ChainTable chains) {
    return Stream.concat(
            Stream.ofNullable(chains.otherwise()),
            Stream.concat(chains.exact().values().stream(), chains.wildcard().values().stream()))
        .mapToInt(chain -> chain.http().options().maxConcurrentStreams())
        .min()
        .orElse(1);
  }
}
