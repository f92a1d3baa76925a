package dev.weir.proxy.http.h1;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.http.Fields;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** The scanner and the grammar agree on every text, however it is cut. */
class HeadScannerProperties {
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

  private static void compare(String text, int[] cuts) {
    Result result = scan(text, cuts);
    NaiveScanner.Head expected = NaiveScanner.scan(text);
    if (expected == null) {
      assertThat(result.progress()).isNotEqualTo(HeadScanner.Progress.DONE);
      return;
    }
    assertThat(result)
        .isEqualTo(
            new Result(
                HeadScanner.Progress.DONE,
                expected.method(),
                expected.target(),
                expected.fields(),
                expected.length()));
  }

  @Property(tries = 5000)
  void agreesOnAnything(@ForAll("soup") String text, @ForAll("cuts") int[] cuts) {
    compare(text, cuts);
  }

  @Property(tries = 5000)
  void agreesOnHeadsWithOneFault(
      @ForAll("heads") String head,
      @ForAll("piece") String fault,
      @ForAll int at,
      @ForAll("cuts") int[] cuts) {
    int place = Math.floorMod(at, head.length());
    compare(head, cuts);
    compare(head.substring(0, place) + fault + head.substring(place), cuts);
    compare(head.substring(0, place) + head.substring(place + 1), cuts);
  }

  @Provide
  Arbitrary<String> piece() {
    return Arbitraries.of(PIECES);
  }

  @Provide
  Arbitrary<String> soup() {
    return piece().list().ofMaxSize(30).map(pieces -> String.join("", pieces));
  }

  @Provide
  Arbitrary<int[]> cuts() {
    return Arbitraries.integers().between(0, 300).array(int[].class).ofMaxSize(4);
  }

  @Provide
  Arbitrary<String> heads() {
    Arbitrary<String> name =
        Arbitraries.strings().alpha().numeric().withChars("-_!~").ofMinLength(1).ofMaxLength(20);
    Arbitrary<String> value =
        Arbitraries.strings().withCharRange(' ', '~').withChars('\t', '\u00ff').ofMaxLength(60);
    Arbitrary<String> field = Combinators.combine(name, value).as((n, v) -> n + ": " + v);
    return Combinators.combine(
            Arbitraries.of("GET", "POST", "M-SEARCH"),
            Arbitraries.of("/", "/a/b?c", "*", "http://a/"),
            field.list().ofMaxSize(12))
        .as((method, target, fields) -> {
          StringBuilder text = new StringBuilder(method + " " + target + " HTTP/1.1\r\n");
          fields.forEach(line -> text.append(line).append("\r\n"));
          return text.append("\r\nbody").toString();
        });
  }
}
