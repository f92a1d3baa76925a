package dev.weir.echo;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.DatagramPacket;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;

/** Answers each datagram with a JSON object: request, namespace, service, pod. */
final class DatagramEcho extends SimpleChannelInboundHandler<DatagramPacket> {
  private static final ObjectMapper JSON = JsonMapper.builder().build();

  private final EchoIdentity identity;

  DatagramEcho(EchoIdentity identity) {
    this.identity = identity;
  }

  @Override
  protected void channelRead0(ChannelHandlerContext ctx, DatagramPacket datagram) {
    Map<String, String> answer = new LinkedHashMap<>();
    answer.put("request", datagram.content().toString(StandardCharsets.UTF_8));
    answer.put("namespace", identity.namespace());
    answer.put("service", identity.service());
    answer.put("pod", identity.pod());
    ctx.writeAndFlush(
        new DatagramPacket(
            Unpooled.wrappedBuffer(JSON.writeValueAsBytes(answer)), datagram.sender()));
  }

  @Override
  @SuppressWarnings("deprecation") // Netty deprecates it on the base interface only
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    // A peer that went away must not end the others' socket.
  }
}
