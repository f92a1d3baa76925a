package dev.weir.proxy.dns;

import dev.weir.proxy.loop.Transport;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.dns.DnsRecord;
import io.netty.resolver.ResolvedAddressTypes;
import io.netty.resolver.dns.DnsCache;
import io.netty.resolver.dns.DnsCacheEntry;
import io.netty.resolver.dns.DnsCnameCache;
import io.netty.resolver.dns.DnsNameResolver;
import io.netty.resolver.dns.DnsNameResolverBuilder;
import io.netty.resolver.dns.DnsNameResolverChannelStrategy;
import io.netty.resolver.dns.DnsServerAddressStreamProvider;
import io.netty.resolver.dns.DnsServerAddressStreamProviders;
import io.netty.resolver.dns.NoopDnsCache;
import io.netty.resolver.dns.SequentialDnsServerAddressStreamProvider;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Asks DNS as this machine is set up to: its servers, search domains and hosts file. A name has its
 * IPv4 addresses or, if there are none, its IPv6 addresses.
 */
final class Resolution {
  private final EventLoop loop;
  private final Transport transport;
  private final DnsServerAddressStreamProvider servers;

  /**
   * Resolution on {@code loop}.
   *
   * @param servers who is asked, the first first; empty for those of this machine
   */
  Resolution(EventLoop loop, Transport transport, List<InetSocketAddress> servers) {
    this.loop = loop;
    this.transport = transport;
    this.servers =
        servers.isEmpty()
            ? DnsServerAddressStreamProviders.platformDefault()
            : new SequentialDnsServerAddressStreamProvider(servers);
  }

  /** Resolution of one name. */
  OfName of(String name) {
    return new OfName(name);
  }

  /** Asks for one name, again and again; has a socket only while it asks. */
  final class OfName {
    private final String name;
    private final TimeToLive timeToLive = new TimeToLive();
    private final DnsNameResolver resolver;

    OfName(String name) {
      this.name = name;
      this.resolver =
          new DnsNameResolverBuilder(loop)
              .datagramChannelType(transport.datagram())
              // What does not fit into a datagram.
              .socketChannelType(transport.stream())
              .datagramChannelStrategy(DnsNameResolverChannelStrategy.ChannelPerResolution)
              .nameServerProvider(servers)
              .resolvedAddressTypes(ResolvedAddressTypes.IPV4_PREFERRED)
              .resolveCache(timeToLive)
              .cnameCache(timeToLive.ofAliases())
              .build();
    }

    /** Asks; one question at a time. */
    Future<List<InetAddress>> ask() {
      timeToLive.seconds = Long.MAX_VALUE;
      return resolver.resolveAll(name);
    }

    /** How long the last answer may be used; the hosts file says nothing about that. */
    long secondsToLive() {
      return timeToLive.seconds;
    }

    void close() {
      resolver.close();
    }
  }

  /**
   * Keeps nothing, but notes the shortest time to live of all records that an answer was made from:
   * the resolver tells it to its caches only.
   */
  private static final class TimeToLive implements DnsCache {
    private long seconds;

    private void note(long ofRecord) {
      seconds = Math.min(seconds, ofRecord);
    }

    @Override
    public void clear() {}

    @Override
    public boolean clear(String hostname) {
      return false;
    }

    @Override
    public @Nullable List<? extends DnsCacheEntry> get(
        String hostname, DnsRecord @Nullable [] additionals) {
      return null;
    }

    @Override
    public DnsCacheEntry cache(
        String hostname,
        DnsRecord @Nullable [] additionals,
        InetAddress address,
        long originalTtl,
        EventLoop on) {
      note(originalTtl);
      return NoopDnsCache.INSTANCE.cache(hostname, additionals, address, originalTtl, on);
    }

    @Override
    public DnsCacheEntry cache(
        String hostname, DnsRecord @Nullable [] additionals, Throwable cause, EventLoop on) {
      return NoopDnsCache.INSTANCE.cache(hostname, additionals, cause, on);
    }

    DnsCnameCache ofAliases() {
      return new DnsCnameCache() {
        @Override
        public @Nullable String get(String hostname) {
          return null;
        }

        @Override
        public void cache(String hostname, String cname, long originalTtl, EventLoop on) {
          note(originalTtl);
        }

        @Override
        public void clear() {}

        @Override
        public boolean clear(String hostname) {
          return false;
        }
      };
    }
  }
}
