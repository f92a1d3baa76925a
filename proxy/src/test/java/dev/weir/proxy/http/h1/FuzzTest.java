package dev.weir.proxy.http.h1;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.failure.Failure;
import dev.weir.core.http.RequestHead;
import dev.weir.proxy.plan.HttpOptions;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Mutates the requests of the corpus, with a fixed seed and a bound in time. Whatever the bytes
 * are, reading them must not depend on how they are cut; and what is accepted must, written again
 * as the upstream gets it, be read as the very same single request.
 */
@ExtendWith(Leaks.class)
class FuzzTest {
  private static final long SEED = 20_250_607;
  private static final Duration TIME = Duration.ofSeconds(5);
  private static final int AT_LEAST = 5_000;
  private static final Pattern ANSWERS =
      Pattern.compile(
          "(HTTP/1.1 200 [^\\n]+\r\n(Content-Length: 0\r\n)(Connection: [a-z-]+\r\n)?\r\n)*"
              + "(HTTP/1.1 [45]\\d\\d [^\\n]+\r\n([A-Za-z-]+: [^\\n]+\r\n)+\r\n)?");
  private static final String[] SPICE = {
    "\r",
    "\n",
    "\r\n",
    "\0",
    " ",
    "\t",
    ":",
    ",",
    ";",
    "\u000b",
    "\u00ff",
    "0",
    "1",
    "f",
    "-",
    "+",
    "%2e",
    "%00",
    "/..",
    "Content-Length: 1\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Host: b\r\n",
    "\r\n\r\n",
    "0\r\n\r\n",
    "Connection: close\r\n",
    "chunked",
    "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "HTTP/1.0"
  };

  /**
   * A request as read.
   *
   * @param refused the reason, or empty
   * @param used how many bytes it takes
   */
  private record Read(
      String refused,
      boolean complete,
      String line,
      String fields,
      String body,
      String trailers,
      int used) {}

  @Test
  void readsTheSameHoweverCutAndWritten() {
    Random random = new Random(SEED);
    List<Requests.Case> seeds = Requests.all();
    long end = System.nanoTime() + TIME.toNanos();
    int accepted = 0;
    int rounds = 0;
    EmbeddedChannel channel = new EmbeddedChannel();
    ContextHolder holder = new ContextHolder();
    channel.pipeline().addLast(holder);
    for (; rounds < AT_LEAST || System.nanoTime() < end; rounds++) {
      byte[] bytes = mutate(seeds.get(random.nextInt(seeds.size())).bytes(), random);
      Read whole = read(bytes, new int[] {bytes.length});
      Read cut = read(bytes, cuts(bytes.length, random));
      assertThat(cut).as(text(bytes)).isEqualTo(whole);
      if (whole.complete()) {
        accepted++;
        byte[] again = rewrite(holder, channel, bytes);
        Read rewritten = read(again, new int[] {again.length});
        assertThat(rewritten.used()).as(text(bytes)).isEqualTo(again.length);
        assertThat(rewritten.refused()).as(text(bytes)).isEmpty();
        assertThat(rewritten.line()).isEqualTo(whole.line());
        assertThat(rewritten.body()).as(text(bytes)).isEqualTo(whole.body());
        assertThat(rewritten.trailers()).isEqualTo(whole.trailers());
        assertThat(ends(rewritten.fields())).as(text(bytes)).isEqualTo(ends(whole.fields()));
      }
    }
    channel.finishAndReleaseAll();
    assertThat(accepted).as("accepted of %d", rounds).isGreaterThan(AT_LEAST / 20);
  }

  /** Over a socket, the answer to anything is complete responses, and never an exception. */
  @Test
  void answersOrCloses() throws Exception {
    Random random = new Random(SEED);
    List<Requests.Case> seeds = Requests.all();
    BlockingQueue<Served> served = new LinkedBlockingQueue<>();
    try (Ground ground = new Ground();
        LogWatch log = new LogWatch(Http1DownstreamConnection.class)) {
      ground.serve(Served.atEnd(served, request -> request.reply(200, "")));
      long end = System.nanoTime() + TIME.toNanos() / 2;
      for (int round = 0; round < AT_LEAST / 10 || System.nanoTime() < end; round++) {
        byte[] bytes = mutate(seeds.get(random.nextInt(seeds.size())).bytes(), random);
        served.clear();
        try (Peer client = ground.client()) {
          client.send(bytes).end();
          String answers = client.readAll();
          assertThat(answers).as(text(bytes)).matches(ANSWERS);
          long ok = Pattern.compile("HTTP/1.1 200 OK").matcher(answers).results().count();
          assertThat(served.size()).as(text(bytes)).isBetween((int) ok, (int) ok + 1);
        }
      }
      assertThat(log.messages).isEmpty();
    }
  }

  /** The fields without those by which the writer frames a body that had no length. */
  private static String ends(String fields) {
    return fields.replace("Content-Length: 0\n", "");
  }

  private static Read read(byte[] bytes, int[] cuts) {
    RequestReader reader = new RequestReader();
    BodyDecoder body = new BodyDecoder(HeadScanner.Kind.REQUEST_TRAILERS);
    reader.begin(HttpOptions.DEFAULTS);
    StringBuilder data = new StringBuilder();
    boolean headDone = false;
    int used = 0;
    int from = 0;
    for (int to : cuts) {
      ByteBuf in = Unpooled.wrappedBuffer(bytes, from, to - from);
      from = to;
      if (!headDone) {
        switch (reader.read(in, HttpOptions.DEFAULTS)) {
          case MORE -> {}
          case REFUSED -> {
            return refused(reader.failure());
          }
          case DONE -> {
            headDone = true;
            body.begin(reader.bodyLength());
          }
        }
      }
      if (headDone) {
        int next = body.next(in);
        while (next > 0) {
          data.append(in.readCharSequence(next, StandardCharsets.ISO_8859_1));
          body.took(next);
          next = body.next(in);
        }
        if (next == BodyDecoder.REFUSED) {
          Defect defect = body.defect();
          return refused(defect == null ? null : defect.inRequest());
        }
        if (next == BodyDecoder.END) {
          used += in.readerIndex();
          return result(reader, body, data.toString(), used);
        }
      }
      used += in.readerIndex();
    }
    return new Read("", false, "", "", "", "", 0);
  }

  private static Read refused(@Nullable Failure failure) {
    return new Read(String.valueOf(failure), false, "", "", "", "", 0);
  }

  private static Read result(RequestReader reader, BodyDecoder body, String data, int used) {
    RequestHead head = reader.head();
    nameHost(head);
    return new Read(
        "",
        true,
        head.method() + " " + head.authority() + " " + head.target() + " " + reader.upgrade(),
        head.fields().toString(),
        data,
        body.hasTrailers() ? body.trailers().toString() : "",
        used);
  }

  /** A request of HTTP/1.0 may have no host; what routing does about it is not our matter here. */
  private static void nameHost(RequestHead head) {
    if (head.authority().isEmpty()) {
      head.authority(Peer.bytes("none"));
    }
  }

  /** What the upstream would get. */
  private static byte[] rewrite(ContextHolder holder, EmbeddedChannel channel, byte[] bytes) {
    RequestReader reader = new RequestReader();
    reader.begin(HttpOptions.DEFAULTS);
    ByteBuf in = Unpooled.wrappedBuffer(bytes);
    assertThat(reader.read(in, HttpOptions.DEFAULTS)).isEqualTo(HeadScanner.Progress.DONE);
    BodyDecoder body = new BodyDecoder(HeadScanner.Kind.REQUEST_TRAILERS);
    body.begin(reader.bodyLength());
    nameHost(reader.head());
    WireBuffer out = new WireBuffer(holder.context());
    BodyEncoder encoder = new BodyEncoder();
    encoder.begin(RequestWriter.write(out, reader.head(), body.complete()));
    int next = body.next(in);
    while (next > 0) {
      ByteBuf piece = Unpooled.copiedBuffer(in.readSlice(next));
      body.took(next);
      next = body.next(in);
      assertThat(encoder.write(out, piece, false) || next == BodyDecoder.END).isTrue();
    }
    assertThat(body.hasTrailers() ? encoder.end(out, body.trailers()) : encoder.end(out)).isTrue();
    out.flush();
    ByteBuf all = Unpooled.buffer();
    for (ByteBuf piece = channel.readOutbound(); piece != null; piece = channel.readOutbound()) {
      all.writeBytes(piece);
      piece.release();
    }
    byte[] result = new byte[all.readableBytes()];
    all.readBytes(result);
    return result;
  }

  private static byte[] mutate(byte[] seed, Random random) {
    StringBuilder text = new StringBuilder(text(seed));
    for (int n = random.nextInt(4); n > 0; n--) {
      int at = random.nextInt(text.length() + 1);
      switch (random.nextInt(4)) {
        case 0 -> text.insert(at, SPICE[random.nextInt(SPICE.length)]);
        case 1 -> text.delete(at, Math.min(text.length(), at + 1 + random.nextInt(3)));
        case 2 -> {
          if (at < text.length()) {
            text.setCharAt(at, (char) random.nextInt(256));
          }
        }
        default -> {
          int to = Math.min(text.length(), at + random.nextInt(20));
          text.insert(at, text.substring(at, to));
        }
      }
    }
    return Peer.bytes(text.toString());
  }

  private static int[] cuts(int length, Random random) {
    if (random.nextInt(4) == 0) {
      int[] all = new int[length];
      for (int i = 0; i < length; i++) {
        all[i] = i + 1;
      }
      return all;
    }
    List<Integer> cuts = new ArrayList<>();
    for (int at = 0; at < length; ) {
      at = Math.min(length, at + 1 + random.nextInt(20));
      cuts.add(at);
    }
    return cuts.stream().mapToInt(Integer::intValue).toArray();
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  /** Keeps its context, through which a {@link WireBuffer} writes. */
  private static final class ContextHolder extends ChannelInboundHandlerAdapter {
    private @Nullable ChannelHandlerContext added;

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
      added = ctx;
    }

    ChannelHandlerContext context() {
      if (added == null) {
        throw new IllegalStateException();
      }
      return added;
    }
  }
}
