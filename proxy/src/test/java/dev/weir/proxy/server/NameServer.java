package dev.weir.proxy.server;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.handler.codec.dns.DatagramDnsQuery;
import io.netty.handler.codec.dns.DatagramDnsQueryDecoder;
import io.netty.handler.codec.dns.DatagramDnsResponse;
import io.netty.handler.codec.dns.DatagramDnsResponseEncoder;
import io.netty.handler.codec.dns.DefaultDnsRawRecord;
import io.netty.handler.codec.dns.DnsQuestion;
import io.netty.handler.codec.dns.DnsRecordType;
import io.netty.handler.codec.dns.DnsResponseCode;
import io.netty.handler.codec.dns.DnsSection;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A DNS server on loopback whose zone a test changes. */
final class NameServer implements AutoCloseable {
  private final EventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final Channel channel;
  private final Map<String, List<Entry>> zone = new ConcurrentHashMap<>();
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private volatile boolean broken;
  private volatile boolean silent;

  /** A record: an address or, with a letter in it, the name that this one is an alias of. */
  private record Entry(String value, int ttl) {
    boolean alias() {
      return !NetUtil.isValidIpV4Address(value) && !NetUtil.isValidIpV6Address(value);
    }
  }

  NameServer() {
    channel =
        new Bootstrap()
            .group(group)
            .channel(NioDatagramChannel.class)
            .handler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel made) {
                    made.pipeline()
                        .addLast(
                            new DatagramDnsQueryDecoder(),
                            new DatagramDnsResponseEncoder(),
                            new Answers());
                  }
                })
            .bind(InetAddress.getLoopbackAddress(), 0)
            .syncUninterruptibly()
            .channel();
  }

  InetSocketAddress address() {
    return (InetSocketAddress) channel.localAddress();
  }

  /** From now on the name has these addresses, or is an alias of the one name given. */
  NameServer put(String name, int ttl, String... values) {
    List<Entry> entries = new ArrayList<>();
    for (String value : values) {
      entries.add(new Entry(value, ttl));
    }
    zone.put(name + ".", entries);
    return this;
  }

  /** From now on all questions are answered with SERVFAIL, or not any more. */
  void broken(boolean now) {
    broken = now;
  }

  /** From now on nothing is answered. */
  void silent() {
    silent = true;
  }

  /** How often somebody asked for the IPv4 addresses of the name. */
  int asked(String name) {
    return (int) asked.stream().filter((name + ".")::equals).count();
  }

  private final class Answers extends SimpleChannelInboundHandler<DatagramDnsQuery> {
    @Override
    protected void channelRead0(ChannelHandlerContext ctx, DatagramDnsQuery query) {
      DnsQuestion question = query.recordAt(DnsSection.QUESTION);
      if (silent) {
        return;
      }
      DatagramDnsResponse response =
          new DatagramDnsResponse(
              /* sender= */ query.recipient(), /* recipient= */ query.sender(), query.id());
      response.addRecord(DnsSection.QUESTION, question);
      if (question.type().equals(DnsRecordType.A)) {
        asked.add(question.name());
      }
      if (broken) {
        response.setCode(DnsResponseCode.SERVFAIL);
      } else {
        answer(question.name(), question.type(), response);
      }
      ctx.writeAndFlush(response);
    }

    private void answer(String name, DnsRecordType type, DatagramDnsResponse response) {
      @Nullable List<Entry> entries = zone.get(name);
      if (entries == null) {
        response.setCode(DnsResponseCode.NXDOMAIN);
        return;
      }
      for (Entry entry : entries) {
        if (entry.alias()) {
          add(response, name, DnsRecordType.CNAME, entry.ttl(), labels(entry.value()));
          answer(entry.value() + ".", type, response);
        } else {
          byte[] address = NetUtil.createByteArrayFromIpAddressString(entry.value());
          if (address.length == (type.equals(DnsRecordType.A) ? 4 : 16)) {
            add(response, name, type, entry.ttl(), Unpooled.wrappedBuffer(address));
          }
        }
      }
    }

    private static void add(
        DatagramDnsResponse response, String name, DnsRecordType type, int ttl, ByteBuf data) {
      response.addRecord(DnsSection.ANSWER, new DefaultDnsRawRecord(name, type, ttl, data));
    }

    private static ByteBuf labels(String name) {
      ByteBuf labels = Unpooled.buffer();
      for (String label : name.split("\\.", -1)) {
        labels.writeByte(label.length()).writeBytes(Peer.bytes(label));
      }
      return labels.writeByte(0);
    }
  }

  @Override
  public void close() {
    group.shutdownGracefully(0, 2, TimeUnit.SECONDS).syncUninterruptibly();
  }
}
