package dev.weir.proxy.http.h2;

import dev.weir.proxy.http.HeaderBlock;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Headers;
import java.util.function.Supplier;

/** Netty's HPACK decoder, decoding into our {@link HeaderBlock}. */
final class HeaderBlockDecoder extends DefaultHttp2HeadersDecoder {
  private final Supplier<HeaderBlock> blocks;

  /**
   * @param maxListBytes beyond this the decoder itself gives up; our own limits lie below, so that
   *     they can be answered properly
   * @param blocks begins a block
   */
  HeaderBlockDecoder(long maxListBytes, Supplier<HeaderBlock> blocks) {
    super(false, maxListBytes);
    this.blocks = blocks;
  }

  @Override
  protected Http2Headers newHeaders() {
    return blocks.get();
  }
}
