package dev.weir.proxy.http.h1;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.http.Fields;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** The scanner and the grammar agree on every text, however it is cut. */
class HeadScannerFuzzTest {
  private static final int SEEDS = 5000;
  private static final String[] METHODS = {"GET", "POST", "M-SEARCH"};
  private static final String[] TARGETS = {"/", "/a/b?c", "*", "http://a/"};
  private static final String[] NAME_CHARS =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_!~".split("");
  private static final String[] PIECES = {
    "GET",
    "POST",
    " ",
    "  ",
    "/",
    "/a?b=c",
    "*",
    "HTTP/1.1",
    "HTTP/1.0",
    "HTTP/1.2",
    "\r\n",
    "\r",
    "\n",
    ":",
    ": ",
    "\t",
    "Host",
    "Content-Length",
    "X",
    "value",
    "a long value that is longer than a word",
    "\u00e4",
    "\u007f",
    "\u0000",
    ",",
    "\r\n\r\n",
    "\u000b",
    "\"",
    "(",
    "0"
  };

  /** What the scanner made of a text. */
  private record Result(
      HeadScanner.Progress progress, String method, String target, List<String> fields, int used) {}

  private static Result scan(String text, int[] cuts) {
    Fields fields = new Fields(8);
    HeadScanner scanner = new HeadScanner(HeadScanner.Kind.REQUEST, fields);
    scanner.begin(1 << 20, 1000, 1 << 20);
    HeadScanner.Progress progress = HeadScanner.Progress.MORE;
    int used = 0;
    int from = 0;
    for (int i = 0; i <= cuts.length && progress == HeadScanner.Progress.MORE; i++) {
      int to = i == cuts.length ? text.length() : Math.max(from, cuts[i] % (text.length() + 1));
      ByteBuf in = Unpooled.copiedBuffer(text.substring(from, to), StandardCharsets.ISO_8859_1);
      progress = scanner.scan(in);
      used += in.readerIndex();
      in.release();
      from = to;
    }
    if (progress != HeadScanner.Progress.DONE) {
      return new Result(progress, "", "", List.of(), 0);
    }
    byte[] bytes = fields.bytes();
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < fields.slots(); i++) {
      lines.add(fields.name(i) + ": " + fields.value(i));
    }
    return new Result(
        progress,
        latin(bytes, scanner.methodStart(), scanner.methodEnd()),
        latin(bytes, scanner.targetStart(), scanner.targetEnd()),
        lines,
        used);
  }

  private static String latin(byte[] bytes, int start, int end) {
    return new String(bytes, start, end - start, StandardCharsets.ISO_8859_1);
  }

  private static void compare(int seed, String text, int[] cuts) {
    Result result = scan(text, cuts);
    NaiveScanner.Head expected = NaiveScanner.scan(text);
    if (expected == null) {
      assertThat(result.progress())
          .as("seed %s: %s", seed, text)
          .isNotEqualTo(HeadScanner.Progress.DONE);
      return;
    }
    assertThat(result)
        .as("seed %s: %s", seed, text)
        .isEqualTo(
            new Result(
                HeadScanner.Progress.DONE,
                expected.method(),
                expected.target(),
                expected.fields(),
                expected.length()));
  }

  @Test
  void agreesOnAnything() {
    for (int seed = 0; seed < SEEDS; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      compare(seed, times(random.nextInt(31), () -> pick(random, PIECES)), cuts(random));
    }
  }

  @Test
  void agreesOnHeadsWithOneFault() {
    for (int seed = 0; seed < SEEDS; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      String head = head(random);
      int place = random.nextInt(head.length());
      String before = head.substring(0, place);
      compare(seed, head, cuts(random));
      compare(seed, before + pick(random, PIECES) + head.substring(place), cuts(random));
      compare(seed, before + head.substring(place + 1), cuts(random));
    }
  }

  private static String head(SplittableRandom random) {
    return pick(random, METHODS)
        + " "
        + pick(random, TARGETS)
        + " HTTP/1.1\r\n"
        + times(random.nextInt(13), () -> field(random))
        + "\r\nbody";
  }

  private static String field(SplittableRandom random) {
    String name = times(1 + random.nextInt(20), () -> pick(random, NAME_CHARS));
    String value = times(random.nextInt(61), () -> valueChar(random));
    return name + ": " + value + "\r\n";
  }

  private static String valueChar(SplittableRandom random) {
    return switch (random.nextInt(20)) {
      case 0 -> "\t";
      case 1 -> "\u00ff";
      default -> String.valueOf((char) random.nextInt(' ', '~' + 1));
    };
  }

  private static int[] cuts(SplittableRandom random) {
    return random.ints(random.nextInt(5), 0, 301).toArray();
  }

  private static String pick(SplittableRandom random, String[] from) {
    return from[random.nextInt(from.length)];
  }

  private static String times(int count, Supplier<String> piece) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < count; i++) {
      text.append(piece.get());
    }
    return text.toString();
  }
}
