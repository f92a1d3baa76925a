package dev.weir.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AuthorityTest {
  private static int check(String text) {
    byte[] bytes = ("x" + text + "y").getBytes(StandardCharsets.ISO_8859_1);
    int end = Authority.check(bytes, 1, 1 + text.length());
    return end < 0 ? end : end - 1;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"a", "A.b-c_d~e.f", "127.0.0.1:0", "a:65535", "[::1]", "[::ffff:1.2.3.4]:80"})
  void accepts(String text) {
    assertThat(check(text)).isEqualTo(text.length());
  }

  @ParameterizedTest
  @ValueSource(strings = {"a:", "[::1]:"})
  void dropsTheColonOfAnEmptyPort(String text) {
    assertThat(check(text)).isEqualTo(text.length() - 1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", ":", ":80", "a:b", "a:1:2", "a:65536", "a:99999999999", "u@a", "u:p@a", "a/b", "a,b",
            "a b",
        "a\\b", "a%41", "a?b", "a#b", "[", "[]", "[::1", "[::1]a", "[::1]:x", "[g]", "::1", "a]",
        "\u00e4", "a\u0000", "a!"
      })
  void refuses(String text) {
    assertThat(check(text)).isNegative();
  }
}
