package dev.weir.proxy.http.h1;

import dev.weir.core.failure.Failure;
import dev.weir.core.http.Fields;
import dev.weir.core.http.HeaderName;
import dev.weir.core.http.RequestHead;
import dev.weir.core.http.ResponseHead;
import dev.weir.proxy.stream.DownstreamStream;
import dev.weir.proxy.stream.RequestReceiver;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** One request as a test sees it: what the codec called, in order, and the means to answer. */
final class Served implements RequestReceiver {
  final DownstreamStream stream;
  final BlockingQueue<String> calls = new LinkedBlockingQueue<>();
  final StringBuilder body = new StringBuilder();
  String head = "";
  String fields = "";

  private final Consumer<Served> onHead;
  private final Consumer<Served> onEnd;

  private Served(DownstreamStream stream, Consumer<Served> onHead, Consumer<Served> onEnd) {
    this.stream = stream;
    this.onHead = onHead;
    this.onEnd = onEnd;
  }

  /** Receivers that act when the head is there. */
  static RequestReceiver.Acceptor atHead(BlockingQueue<Served> all, Consumer<Served> action) {
    return stream -> add(all, new Served(stream, action, served -> {}));
  }

  /** Receivers that act when the request is complete. */
  static RequestReceiver.Acceptor atEnd(BlockingQueue<Served> all, Consumer<Served> action) {
    return stream -> add(all, new Served(stream, served -> {}, action));
  }

  private static Served add(BlockingQueue<Served> all, Served served) {
    all.add(served);
    return served;
  }

  /** The next call; fails if none comes in time. */
  String next() throws InterruptedException {
    String call = calls.poll(10, TimeUnit.SECONDS);
    if (call == null) {
      throw new AssertionError("no call");
    }
    return call;
  }

  /** Answers with a head and, if it is not empty, a body; the fields as {@code name: value}. */
  void reply(int status, String text, String... lines) {
    ResponseHead response = head(status, lines);
    if (!text.isEmpty()) {
      response.fields().add(HeaderName.CONTENT_LENGTH, Integer.toString(text.length()));
    }
    stream.sendHead(response, text.isEmpty());
    if (!text.isEmpty()) {
      stream.sendBody(buffer(text), true);
    }
    stream.flush();
  }

  static ResponseHead head(int status, String... lines) {
    ResponseHead response = new ResponseHead(fields(lines));
    response.status(status);
    return response;
  }

  static Fields fields(String... lines) {
    Fields fields = new Fields(64);
    for (String line : lines) {
      int colon = line.indexOf(": ");
      fields.add(HeaderName.of(line.substring(0, colon)), line.substring(colon + 2));
    }
    return fields;
  }

  static ByteBuf buffer(String text) {
    return Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1);
  }

  @Override
  public void requestHead(RequestHead request, boolean last) {
    head = request.method() + " " + request.authority() + " " + request.target();
    fields = request.fields().toString();
    calls.add("head" + (last ? " last" : ""));
    onHead.accept(this);
    if (last) {
      onEnd.accept(this);
    }
  }

  @Override
  public void requestBody(ByteBuf data, boolean last) {
    body.append(data.toString(StandardCharsets.ISO_8859_1));
    data.release();
    calls.add("body" + (last ? " last" : ""));
    if (last) {
      onEnd.accept(this);
    }
  }

  @Override
  public void requestTrailers(Fields trailers) {
    calls.add("trailers " + trailers.toString().strip());
    onEnd.accept(this);
  }

  @Override
  public void requestAborted(Failure failure) {
    calls.add("aborted " + failure.reason().code());
  }

  @Override
  public void downstreamWritable() {
    calls.add("writable");
  }

  @Override
  public void requestReadComplete() {}
}
