package dev.weir.conformance;

import dev.weir.core.api.Bytes;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import io.netty.handler.codec.http2.Http2StreamFrameToHttpObjectCodec;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The client of the cases: a new connection for each request, nothing added to it and nothing
 * changed in it, on Netty's standard codecs, not on those of the product.
 */
final class Requester implements AutoCloseable {
  /** How long one attempt may take. */
  static final Duration ATTEMPT = Duration.ofSeconds(10);

  private static final int MAX_BODY = 16 * 1024 * 1024;

  private final EventLoopGroup loop =
      new MultiThreadIoEventLoopGroup(
          1, Thread.ofPlatform().daemon().name("requester").factory(), NioIoHandler.newFactory());

  /**
   * Sends a request and waits for the whole response.
   *
   * @throws IOException if no complete response came in time
   */
  Reply send(Outgoing request) throws IOException, InterruptedException {
    var answer = new CompletableFuture<Reply>();
    var connection = new Connection(request, answer);
    Channel channel =
        new Bootstrap()
            .group(loop)
            .channel(NioSocketChannel.class)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) ATTEMPT.toMillis())
            .option(ChannelOption.TCP_NODELAY, true)
            .handler(connection)
            .connect(new InetSocketAddress(request.address(), request.port()))
            .addListener(connection)
            .channel();
    channel
        .closeFuture()
        .addListener(closed ->
            answer.completeExceptionally(
                new IOException("the connection was closed without a complete response")));
    try {
      return answer.get(ATTEMPT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new IOException("no response within " + ATTEMPT.toSeconds() + " s", e);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new IOException(cause.toString(), cause);
    } finally {
      channel.close();
    }
  }

  private static void failUnless(Future<?> done, CompletableFuture<Reply> answer) {
    if (!done.isSuccess()) {
      answer.completeExceptionally(done.cause());
    }
  }

  @Override
  public void close() {
    loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  /** Sends the request when the connection is ready for it. */
  private static final class Connection extends ChannelInitializer<Channel>
      implements ChannelFutureListener {
    private final Outgoing request;
    private final CompletableFuture<Reply> answer;

    Connection(Outgoing request, CompletableFuture<Reply> answer) {
      this.request = request;
      this.answer = answer;
    }

    @Override
    protected void initChannel(Channel channel) throws Exception {
      ClientTls tls = request.tls();
      if (tls == null) {
        // A server of HTTP/2 may speak first, before anybody is there to listen.
        channel.config().setAutoRead(false);
      } else {
        String[] alpn = isHttp2() ? new String[] {"h2", "http/1.1"} : new String[0];
        SslHandler handler = tls.handler(channel, request.port(), alpn);
        channel.pipeline().addLast(handler, new Failures());
        handler
            .handshakeFuture()
            .addListener(done -> {
              failUnless(done, answer);
              if (done.isSuccess()) {
                speak(channel, "h2".equals(handler.applicationProtocol()));
              }
            });
      }
    }

    @Override
    public void operationComplete(ChannelFuture connected) {
      failUnless(connected, answer);
      if (connected.isSuccess() && request.tls() == null) {
        speak(connected.channel(), isHttp2());
      }
    }

    private boolean isHttp2() {
      return request.protocol() == Outgoing.Protocol.HTTP2;
    }

    private void speak(Channel channel, boolean inHttp2) {
      if (inHttp2) {
        http2(channel);
      } else {
        http1(channel);
      }
      channel.pipeline().addLast(new Failures());
      channel.config().setAutoRead(true);
    }

    private void http1(Channel channel) {
      channel
          .pipeline()
          .addLast(
              new HttpClientCodec(), new HttpObjectAggregator(MAX_BODY), new Answer("HTTP/1.1"));
      FullHttpRequest message = message();
      message.headers().set(HttpHeaderNames.CONNECTION, "close");
      channel.writeAndFlush(message);
    }

    private void http2(Channel channel) {
      channel
          .pipeline()
          .addLast(
              Http2FrameCodecBuilder.forClient().build(),
              new Http2MultiplexHandler(
                  new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel pushed) {
                      pushed.close();
                    }
                  }));
      ChannelHandler stream =
          new ChannelInitializer<Channel>() {
            @Override
            protected void initChannel(Channel opened) {
              opened
                  .pipeline()
                  .addLast(
                      new Http2StreamFrameToHttpObjectCodec(false),
                      new HttpObjectAggregator(MAX_BODY),
                      new Answer("HTTP/2.0"));
            }
          };
      new Http2StreamChannelBootstrap(channel)
          .handler(stream)
          .open()
          .addListener((Future<Http2StreamChannel> opened) -> {
            failUnless(opened, answer);
            if (opened.isSuccess()) {
              opened.getNow().writeAndFlush(message());
            }
          });
    }

    private FullHttpRequest message() {
      var message =
          new DefaultFullHttpRequest(
              HttpVersion.HTTP_1_1,
              HttpMethod.valueOf(request.method()),
              request.target(),
              Unpooled.wrappedBuffer(request.body().toArray()));
      HttpHeaders headers = message.headers();
      headers.set(HttpHeaderNames.HOST, request.authority());
      request.fields().forEach(field -> headers.add(field.getKey(), field.getValue()));
      if (request.body().size() > 0 && !headers.contains(HttpHeaderNames.CONTENT_LENGTH)) {
        headers.set(HttpHeaderNames.CONTENT_LENGTH, request.body().size());
      }
      return message;
    }

    /** Takes what breaks a connection. */
    private final class Failures extends ChannelInboundHandlerAdapter {
      @Override
      @SuppressWarnings("deprecation") // Netty deprecates it on the base interface only
      public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        answer.completeExceptionally(cause);
        ctx.close();
      }
    }

    /** Takes the response. */
    private final class Answer extends SimpleChannelInboundHandler<FullHttpResponse> {
      private final String protocol;

      Answer(String protocol) {
        this.protocol = protocol;
      }

      @Override
      protected void channelRead0(ChannelHandlerContext ctx, FullHttpResponse response) {
        if (response.status().codeClass() == HttpStatusClass.INFORMATIONAL) {
          return;
        }
        if (response.decoderResult().isFailure()) {
          answer.completeExceptionally(response.decoderResult().cause());
          return;
        }
        answer.complete(
            new Reply(
                response.status().code(),
                protocol,
                map(response.headers()),
                Bytes.of(ByteBufUtil.getBytes(response.content())),
                map(response.trailingHeaders())));
      }

      @Override
      public void channelInactive(ChannelHandlerContext ctx) {
        answer.completeExceptionally(new IOException("closed or reset without a response"));
      }

      @Override
      @SuppressWarnings("deprecation") // Netty deprecates it on the base interface only
      public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        answer.completeExceptionally(cause);
        ctx.close();
      }
    }
  }

  private static Map<String, List<String>> map(HttpHeaders headers) {
    Map<String, List<String>> values = new TreeMap<>();
    for (Map.Entry<String, String> header : headers) {
      if (!header.getKey().startsWith("x-http2-")) {
        values
            .computeIfAbsent(header.getKey().toLowerCase(Locale.ROOT), name -> new ArrayList<>())
            .add(header.getValue());
      }
    }
    return values;
  }
}
