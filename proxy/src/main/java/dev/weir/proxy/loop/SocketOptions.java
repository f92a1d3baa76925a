package dev.weir.proxy.loop;

import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;

/** Options of all sockets that carry HTTP, on both sides. */
public final class SocketOptions {
  /** A read starts small, for heads, and grows up to this on large bodies. */
  static final int LARGEST_READ = 256 * 1024;

  /** Bytes queued for a slow reader at which the other side is no longer read... */
  public static final int HIGH_WATER = 256 * 1024;

  /** ... and at which it is read again. */
  public static final int LOW_WATER = 64 * 1024;

  private static final WriteBufferWaterMark WATER_MARK =
      new WriteBufferWaterMark(LOW_WATER, HIGH_WATER);

  private SocketOptions() {}

  /** Sets the options of a channel that is not registered yet, or just accepted. */
  public static void apply(ChannelConfig config, LoopAllocator allocator) {
    config.setAllocator(allocator);
    config.setRecvByteBufAllocator(new AdaptiveRecvByteBufAllocator(512, 4096, LARGEST_READ));
    config.setWriteBufferWaterMark(WATER_MARK);
    // Not every kind has these: unix domain sockets do not.
    config.setOption(ChannelOption.TCP_NODELAY, true);
    config.setOption(ChannelOption.SO_KEEPALIVE, true);
  }
}
