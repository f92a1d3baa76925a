package dev.weir.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.failure.Failure;
import dev.weir.core.http.Fields;
import dev.weir.core.http.RequestHead;
import dev.weir.proxy.plan.HttpOptions.EscapedSlashes;
import dev.weir.proxy.plan.HttpOptions.PathNormalisation;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PathNormaliserTest {
  private static final int SEEDS = 5000;
  private static final String REFUSED = "refused";
  private static final PathNormalisation MERGE = new PathNormalisation(true, EscapedSlashes.KEEP);
  private static final PathNormalisation REJECT =
      new PathNormalisation(false, EscapedSlashes.REJECT);
  private static final PathNormalisation UNESCAPE =
      new PathNormalisation(false, EscapedSlashes.UNESCAPE);

  private static String normalise(String target, PathNormalisation options) {
    RequestHead head = new RequestHead(new Fields(16));
    byte[] bytes = target.getBytes(StandardCharsets.ISO_8859_1);
    head.target(bytes);
    Failure failure = PathNormaliser.normalise(head, 0, bytes.length, options);
    if (failure != null) {
      return REFUSED;
    }
    assertThat(head.hasQuery()).isEqualTo(head.target().contains("?"));
    assertThat(head.path()).isEqualTo(head.target().split("\\?", 2)[0]);
    return head.target();
  }

  @ParameterizedTest
  @CsvSource({
    "/, /",
    "/a/b, /a/b",
    "/a?b=/../c, /a?b=/../c",
    "/a?, /a?",
    "/?a?b, /?a?b",
    "/a/, /a/",
    "//, //",
    "/a//b, /a//b",
    "/.a, /.a",
    "/a./b, /a./b",
    "/..., /...",
    "/a/..b/c, /a/..b/c",
    "/., /",
    "/./, /",
    "/a/., /a/",
    "/a/./b, /a/b",
    "/a/.., /",
    "/a/../b, /b",
    "/a/b/.., /a/",
    "/a/b/../, /a/",
    "/a/b/../../c, /c",
    "/a//../b, /a/b",
    "//.., /",
    "/%2e, /",
    "/a/%2E%2e/b, /b",
    "/a/.%2e/b?x=%2e, /b?x=%2e",
    "/%41%7a%30%2D%2e%5f%7E, /Az0-._~",
    "/%61dmin, /admin",
    "/a%20b%3fc, /a%20b%3fc",
    "/%e4, /%e4",
    "/a%2Fb, /a%2Fb",
    "/a%5cb, /a%5cb",
    "/a;x=1/b, /a;x=1/b",
    "/a%2f.b, /a%2f.b",
    "/a?b=%zz%, /a?b=%zz%",
    "/a?b=\\c, /a?b=\\c",
    "/a|{}\"<>^`, /a|{}\"<>^`",
  })
  void normalises(String target, String normal) {
    assertThat(normalise(target, PathNormalisation.DEFAULT)).isEqualTo(normal);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "a",
        "*",
        "?a",
        "/..",
        "/../",
        "/../a",
        "/a/../..",
        "/a/../../b",
        "/%2e%2e",
        "/./../a",
        "/a%",
        "/a%1",
        "/a%1?",
        "/a%?41",
        "/a%g1",
        "/a%1g",
        "/%00",
        "/a%00b",
        "/a#b",
        "/a?b#c",
        "/a\\b",
        "/a b",
        "/a\tb",
        "/a?b c",
        "/\u0000",
        "/\u007f",
        "/\u00e4",
        "/?\u00e4",
        "/a/..;/b",
        "/a/..;x=1/b",
        "/.;/b",
        "/..%2fa",
        "/a%2f..%2fb",
        "/a%2f..",
        "/a/..%5cb",
        "/a%2f.%2fb",
        "/a%2f%2e%2e",
        "/a%2f..;x",
      })
  void refuses(String target) {
    assertThat(normalise(target, PathNormalisation.DEFAULT)).isEqualTo(REFUSED);
  }

  @ParameterizedTest
  @CsvSource({
    "/a//b, /a/b",
    "//, /",
    "///a//, /a/",
    "//a/..//b, /b",
    "/a/.//b, /a/b",
    "/a?x=//, /a?x=//",
    "//../a, refused",
  })
  void mergesSlashes(String target, String normal) {
    assertThat(normalise(target, MERGE)).isEqualTo(normal);
  }

  @ParameterizedTest
  @CsvSource({
    "/a%2Fb, /a/b",
    "/a%5Cb, /a/b",
    "/a%2f..%2fb, /b",
    "/%2f, //",
    "/a%2f%2e%2e, /",
    "/..%2fa, refused",
  })
  void unescapesSlashes(String target, String normal) {
    assertThat(normalise(target, UNESCAPE)).isEqualTo(normal);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/a%2fb", "/a%2Fb", "/a%5cb", "/%2f"})
  void rejectsEscapedSlashes(String target) {
    assertThat(normalise(target, REJECT)).isEqualTo(REFUSED);
  }

  /** What is normal stays as it is, and never has what normalisation is there to take away. */
  @Test
  void isNormalForGood() {
    for (int seed = 0; seed < SEEDS; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      EscapedSlashes[] slashes = EscapedSlashes.values();
      assertNormalForGood(
          text(random, "/.%2eEfF5ca;?", 24),
          random.nextBoolean(),
          slashes[random.nextInt(slashes.length)]);
    }
  }

  private static void assertNormalForGood(String rest, boolean merge, EscapedSlashes slashes) {
    PathNormalisation options = new PathNormalisation(merge, slashes);
    String normal = normalise("/" + rest, options);
    if (normal.equals(REFUSED)) {
      return;
    }
    assertThat(normalise(normal, options)).as(rest).isEqualTo(normal);
    String path = normal.split("\\?", 2)[0];
    assertThat(path).startsWith("/").hasSizeLessThanOrEqualTo(rest.length() + 1);
    assertThat(path.split("/", -1)).doesNotContain(".", "..");
    assertThat(path).doesNotContainIgnoringCase("%2e");
    if (merge) {
      assertThat(path).doesNotContain("//");
    }
    if (slashes != EscapedSlashes.KEEP) {
      assertThat(path).doesNotContainIgnoringCase("%2f").doesNotContainIgnoringCase("%5c");
    }
  }

  /** Dot segments are resolved as the standard writes the algorithm. */
  @Test
  void agreesWithAnotherReader() {
    for (int seed = 0; seed < SEEDS; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      String target = "/" + text(random, "/.a", 16);
      String query = text(random, "abcXYZ", 3);
      String expected = reference(target);
      assertThat(normalise(target + "?" + query, PathNormalisation.DEFAULT))
          .as("seed %s: %s", seed, target)
          .isEqualTo(expected.equals(REFUSED) ? REFUSED : expected + "?" + query);
    }
  }

  private static String text(SplittableRandom random, String letters, int longest) {
    StringBuilder text = new StringBuilder();
    for (int left = random.nextInt(longest + 1); left > 0; left--) {
      text.append(letters.charAt(random.nextInt(letters.length())));
    }
    return text.toString();
  }

  /** RFC 3986, section 5.2.4, by the book, but refusing what climbs above the root. */
  private static String reference(String path) {
    String in = path;
    String out = "";
    while (!in.isEmpty()) {
      if (in.startsWith("/./")) {
        in = in.substring(2);
      } else if (in.equals("/.")) {
        in = "/";
      } else if (in.startsWith("/../") || in.equals("/..")) {
        if (out.isEmpty()) {
          return REFUSED;
        }
        in = in.equals("/..") ? "/" : in.substring(3);
        out = out.substring(0, out.lastIndexOf('/'));
      } else {
        int next = in.indexOf('/', 1);
        out += next < 0 ? in : in.substring(0, next);
        in = next < 0 ? "" : in.substring(next);
      }
    }
    return out;
  }
}
