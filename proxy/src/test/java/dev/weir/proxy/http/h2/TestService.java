package dev.weir.proxy.http.h2;

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
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Answers requests by itself, in place of an exchange. What it does depends on the path: see {@link
 * Answer#requestHead}.
 */
final class TestService implements RequestReceiver.Acceptor {
  /** The heads that arrived, as text. */
  final List<String> heads = new CopyOnWriteArrayList<>();

  /** Trailers that arrived. */
  final List<String> trailers = new CopyOnWriteArrayList<>();

  final List<Failure> aborts = new CopyOnWriteArrayList<>();

  /** Streams that have been opened, for tests that act on them. */
  final List<DownstreamStream> streams = new CopyOnWriteArrayList<>();

  /** Bytes given to a codec that said it had no room. */
  final AtomicLong sentAgainstWill = new AtomicLong();

  /** Most bytes that were given to a codec and not taken by the client yet. */
  final AtomicLong bodyBytes = new AtomicLong();

  @Override
  public RequestReceiver open(DownstreamStream stream) {
    streams.add(stream);
    return new Answer(stream);
  }

  private enum Mode {
    /** Answers when the request is complete. */
    NORMAL,
    /** Sends the request's body back as it comes. */
    ECHO,
    /** Sends N zeros. */
    BIG,
    /** Never answers. */
    HOLD
  }

  private final class Answer implements RequestReceiver {
    private static final int PIECE = 64 * 1024;

    private final DownstreamStream stream;
    private Mode mode = Mode.NORMAL;
    private long left;
    private long received;

    Answer(DownstreamStream stream) {
      this.stream = stream;
    }

    @Override
    public void requestHead(RequestHead head, boolean last) {
      heads.add(head.toString());
      String path = head.path();
      if (path.startsWith("/echo")) {
        mode = Mode.ECHO;
        stream.sendHead(response(200), last);
        return;
      }
      if (path.startsWith("/big/")) {
        mode = Mode.BIG;
        left = Long.parseLong(path.substring(5));
        stream.sendHead(response(200), false);
        pump();
        return;
      }
      if (path.startsWith("/early")) {
        stream.sendHead(response(200, "content-length", "5"), false);
        stream.sendBody(text("early"), true);
        return;
      }
      if (path.startsWith("/long-head")) {
        stream.sendHead(response(200, "x", "y".repeat(8000)), true);
        return;
      }
      if (path.startsWith("/hold")) {
        mode = Mode.HOLD;
      }
      if (path.startsWith("/pause")) {
        mode = Mode.HOLD;
        stream.pause();
      }
      if (last) {
        complete(path);
      }
    }

    private void complete(@Nullable String path) {
      if (mode != Mode.NORMAL) {
        return;
      }
      if (path != null && path.startsWith("/interim")) {
        stream.sendInformational(response(103, "link", "</style.css>"));
      }
      if (path != null && path.startsWith("/trailers")) {
        stream.sendHead(response(200), false);
        stream.sendBody(text("with"), false);
        Fields trailers = new Fields(64);
        trailers.add(HeaderName.GRPC_STATUS, "0");
        stream.sendTrailers(trailers);
        return;
      }
      byte[] body = ("received " + received).getBytes(StandardCharsets.UTF_8);
      stream.sendHead(response(200, "Content-Length", "" + body.length, "X-Case", "Kept"), false);
      stream.sendBody(Unpooled.wrappedBuffer(body), true);
    }

    @Override
    public void requestBody(ByteBuf data, boolean last) {
      received += data.readableBytes();
      bodyBytes.addAndGet(data.readableBytes());
      if (mode == Mode.ECHO) {
        stream.sendBody(data, last);
        if (!stream.writable()) {
          stream.pause();
        }
      } else {
        data.release();
        if (last) {
          complete(null);
        }
      }
    }

    @Override
    public void requestTrailers(Fields fields) {
      trailers.add(fields.toString());
      if (mode == Mode.ECHO) {
        stream.sendTrailers(fields);
      } else {
        complete(null);
      }
    }

    @Override
    public void requestAborted(Failure failure) {
      aborts.add(failure);
    }

    @Override
    public void downstreamWritable() {
      if (mode == Mode.BIG) {
        pump();
        stream.flush();
      } else {
        stream.resume();
      }
    }

    @Override
    public void requestReadComplete() {
      stream.flush();
    }

    private void pump() {
      while (left > 0 && stream.writable()) {
        int length = (int) Math.min(PIECE, left);
        left -= length;
        bodyBytes.addAndGet(length);
        stream.sendBody(Unpooled.directBuffer(length).writeZero(length), left == 0);
      }
      if (left > 0 && !stream.writable()) {
        return;
      }
    }
  }

  static ResponseHead response(int status, String... namesAndValues) {
    ResponseHead head = new ResponseHead(new Fields(128));
    head.status(status);
    for (int i = 0; i < namesAndValues.length; i += 2) {
      byte[] name = namesAndValues[i].getBytes(StandardCharsets.ISO_8859_1);
      byte[] value = namesAndValues[i + 1].getBytes(StandardCharsets.ISO_8859_1);
      head.fields().add(name, 0, name.length, value, 0, value.length);
    }
    return head;
  }

  static ByteBuf text(String text) {
    return Unpooled.copiedBuffer(text, StandardCharsets.UTF_8);
  }
}
