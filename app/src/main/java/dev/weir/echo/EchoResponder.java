package dev.weir.echo;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolHandler;
import io.netty.handler.codec.http2.HttpConversionUtil;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;

/**
 * Answers one connection's or stream's requests with an {@link EchoAnswer}.
 *
 * <p>The request can steer the answer: query {@code delay=1s} or {@code delay=200ms} waits, path
 * {@code /status/503} sets the status, header {@code X-Echo-Set-Header: name:value, ...} sets
 * response fields, and {@link FirstFailures} may make it fail. A WebSocket upgrade is accepted on
 * any path and its frames are echoed.
 */
final class EchoResponder extends SimpleChannelInboundHandler<FullHttpRequest> {
  private static final ObjectMapper JSON = JsonMapper.builder().build();
  private static final String SET_HEADER = "X-Echo-Set-Header";

  private final EchoIdentity identity;
  private final Consumer<EchoAnswer> seen;
  private final FirstFailures failures;

  EchoResponder(EchoIdentity identity, Consumer<EchoAnswer> seen, FirstFailures failures) {
    this.identity = identity;
    this.seen = seen;
    this.failures = failures;
  }

  @Override
  protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request) {
    EchoAnswer answer = answer(ctx.channel(), request);
    seen.accept(answer);
    if (request.headers().containsValue(HttpHeaderNames.UPGRADE, "websocket", true)) {
      becomeWebSocket(ctx, request);
      return;
    }
    var query = new EchoQuery(request.uri());
    FirstFailures.Failure failure = failures.of(identity, query);
    if (failure != null && failure.status() == 0) {
      after(failure.delay(), ctx, ctx::close);
    } else if (failure != null) {
      FullHttpResponse response =
          response(request, HttpResponseStatus.valueOf(failure.status()), answer);
      after(failure.delay(), ctx, () -> send(ctx, response));
    } else {
      FullHttpResponse response = response(request, status(query.path()), answer);
      after(query.duration("delay"), ctx, () -> send(ctx, response));
    }
  }

  private static void after(Duration delay, ChannelHandlerContext ctx, Runnable action) {
    if (delay.isZero()) {
      action.run();
    } else {
      ctx.executor().schedule(action, delay.toNanos(), TimeUnit.NANOSECONDS);
    }
  }

  private EchoAnswer answer(Channel channel, FullHttpRequest request) {
    Map<String, List<String>> headers = new TreeMap<>();
    for (Map.Entry<String, String> header : request.headers()) {
      if (!header.getKey().startsWith("x-http2-")) {
        headers
            .computeIfAbsent(capitalised(header.getKey()), name -> new ArrayList<>())
            .add(header.getValue());
      }
    }
    headers.remove("Host");
    boolean http2 = channel.parent() != null && isStream(request);
    Channel connection = http2 ? channel.parent() : channel;
    return new EchoAnswer(
        request.uri(),
        request.headers().get(HttpHeaderNames.HOST, ""),
        request.method().name(),
        http2 ? "HTTP/2.0" : request.protocolVersion().text(),
        headers,
        Integer.toString(((InetSocketAddress) connection.localAddress()).getPort()),
        identity.namespace(),
        identity.pod(),
        TlsFacts.of(connection));
  }

  private static boolean isStream(FullHttpRequest request) {
    return request.headers().contains(HttpConversionUtil.ExtensionHeaderNames.SCHEME.text());
  }

  private static FullHttpResponse response(
      FullHttpRequest request, HttpResponseStatus status, EchoAnswer answer) {
    ByteBuf body =
        Unpooled.wrappedBuffer(JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(answer));
    FullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, body);
    HttpHeaders headers = response.headers();
    headers.set(HttpHeaderNames.CONTENT_TYPE, "application/json");
    headers.setInt(HttpHeaderNames.CONTENT_LENGTH, body.readableBytes());
    for (String setting : request.headers().getAll(SET_HEADER)) {
      for (String one : setting.split(",")) {
        int colon = one.indexOf(':');
        if (colon > 0) {
          headers.add(one.substring(0, colon).strip(), one.substring(colon + 1).strip());
        }
      }
    }
    String streamId = HttpConversionUtil.ExtensionHeaderNames.STREAM_ID.text().toString();
    if (request.headers().contains(streamId)) {
      headers.set(streamId, request.headers().get(streamId));
    }
    if (!HttpUtil.isKeepAlive(request)) {
      headers.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    }
    return response;
  }

  private static void send(ChannelHandlerContext ctx, FullHttpResponse response) {
    boolean close =
        response.headers().containsValue(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE, true);
    var written = ctx.writeAndFlush(response);
    if (close) {
      written.addListener(ChannelFutureListener.CLOSE);
    }
  }

  private static HttpResponseStatus status(String path) {
    if (path.startsWith("/status/")) {
      try {
        return HttpResponseStatus.valueOf(Integer.parseInt(path.substring("/status/".length())));
      } catch (IllegalArgumentException e) {
        return HttpResponseStatus.BAD_REQUEST;
      }
    }
    return HttpResponseStatus.OK;
  }

  private static void becomeWebSocket(ChannelHandlerContext ctx, FullHttpRequest request) {
    String path = new EchoQuery(request.uri()).path();
    ctx.pipeline().addLast(new WebSocketServerProtocolHandler(path, null, true), new FrameEcho());
    ctx.fireChannelRead(request.retain());
  }

  private static String capitalised(String name) {
    StringBuilder text = new StringBuilder(name);
    boolean first = true;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      text.setCharAt(i, first ? Character.toUpperCase(c) : Character.toLowerCase(c));
      first = c == '-';
    }
    return text.toString();
  }

  @Override
  @SuppressWarnings("deprecation") // Netty deprecates it on the base interface only
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    ctx.close();
  }

  /** Sends every frame back. */
  private static final class FrameEcho extends SimpleChannelInboundHandler<WebSocketFrame> {
    @Override
    protected void channelRead0(ChannelHandlerContext ctx, WebSocketFrame frame) {
      ctx.writeAndFlush(frame.retain());
    }
  }
}
