package dev.weir.echo;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http2.HttpConversionUtil;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The service {@code gateway_api_conformance.echo_basic.grpcecho.GrpcEcho}: its unary methods Echo
 * and EchoTwo answer with the request's method, metadata, authority, identity and TLS connection;
 * every other method is unimplemented.
 */
final class GrpcEcho extends SimpleChannelInboundHandler<FullHttpRequest> {
  private static final String SERVICE = "/gateway_api_conformance.echo_basic.grpcecho.GrpcEcho/";
  private static final String OK = "0";
  private static final String UNIMPLEMENTED = "12";
  private static final int FRAME_HEAD = 5;

  private final EchoIdentity identity;

  GrpcEcho(EchoIdentity identity) {
    this.identity = identity;
  }

  @Override
  protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request) {
    String path = request.uri();
    FullHttpResponse response;
    if (path.equals(SERVICE + "Echo") || path.equals(SERVICE + "EchoTwo")) {
      byte[] message = message(request, TlsFacts.of(ctx.channel().parent()));
      ByteBuf body = Unpooled.buffer(FRAME_HEAD + message.length);
      body.writeByte(0).writeInt(message.length).writeBytes(message);
      response = response(body);
      response.trailingHeaders().set("grpc-status", OK);
    } else {
      response = response(Unpooled.EMPTY_BUFFER);
      response.headers().set("grpc-status", UNIMPLEMENTED);
      response.headers().set("grpc-message", "unknown method " + path);
    }
    String streamId = HttpConversionUtil.ExtensionHeaderNames.STREAM_ID.text().toString();
    if (request.headers().contains(streamId)) {
      response.headers().set(streamId, request.headers().get(streamId));
    }
    ctx.writeAndFlush(response);
  }

  private static FullHttpResponse response(ByteBuf body) {
    var response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK, body);
    response.headers().set(HttpHeaderNames.CONTENT_TYPE, "application/grpc");
    return response;
  }

  /** An EchoResponse with its assertions; the field numbers are those of grpcecho.proto. */
  private byte[] message(FullHttpRequest request, EchoAnswer.@Nullable Tls tls) {
    HttpHeaders headers = request.headers();
    ProtoMessage assertions = new ProtoMessage().text(1, request.uri());
    for (Map.Entry<String, String> header : headers) {
      if (!header.getKey().startsWith("x-http2-")) {
        assertions.message(
            2, new ProtoMessage().text(1, header.getKey()).text(2, header.getValue()));
      }
    }
    assertions.text(3, headers.get(HttpHeaderNames.HOST, ""));
    assertions.message(
        4,
        new ProtoMessage()
            .text(1, identity.namespace())
            .text(3, identity.service())
            .text(4, identity.pod()));
    if (tls != null) {
      ProtoMessage facts =
          new ProtoMessage()
              .text(1, tls.version())
              .text(2, tls.negotiatedProtocol())
              .text(3, tls.serverName())
              .text(4, tls.cipherSuite());
      tls.peerCertificates().forEach(certificate -> facts.text(5, certificate));
      assertions.message(5, facts);
    }
    return new ProtoMessage().message(1, assertions).bytes();
  }

  @Override
  @SuppressWarnings("deprecation") // Netty deprecates it on the base interface only
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    ctx.close();
  }
}
