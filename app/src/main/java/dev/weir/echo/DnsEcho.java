package dev.weir.echo;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.dns.DatagramDnsQuery;
import io.netty.handler.codec.dns.DatagramDnsResponse;
import io.netty.handler.codec.dns.DnsQuestion;
import io.netty.handler.codec.dns.DnsResponseCode;
import io.netty.handler.codec.dns.DnsSection;

/** Answers a DNS query with its question and no records. */
final class DnsEcho extends SimpleChannelInboundHandler<DatagramDnsQuery> {
  @Override
  protected void channelRead0(ChannelHandlerContext ctx, DatagramDnsQuery query) {
    var response =
        new DatagramDnsResponse(
            /* sender= */ query.recipient(), /* recipient= */ query.sender(), query.id());
    response.setCode(DnsResponseCode.NOERROR);
    DnsQuestion question = query.recordAt(DnsSection.QUESTION);
    if (question != null) {
      response.addRecord(DnsSection.QUESTION, question);
    }
    ctx.writeAndFlush(response);
  }

  @Override
  @SuppressWarnings("deprecation") // Netty deprecates it on the base interface only
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    // What is no query is no reason to stop answering others.
  }
}
