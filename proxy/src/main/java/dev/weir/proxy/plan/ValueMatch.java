package dev.weir.proxy.plan;

import com.google.re2j.Pattern;
import dev.weir.core.http.Token;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A test of one text, given as a range of bytes (Envoy: StringMatcher). */
public sealed interface ValueMatch {
  /** Whether {@code bytes[start, end)} passes. */
  boolean matches(byte[] bytes, int start, int end);

  /** Where in the text a literal has to stand. */
  enum Place {
    WHOLE,
    START,
    END,
    ANYWHERE
  }

  /** Whether letters that differ in case only are the same. ASCII letters only. */
  enum Case {
    SENSITIVE,
    IGNORED
  }

  /** The text that {@code literal} spells. */
  static ValueMatch exact(String literal) {
    return literal(Place.WHOLE, literal, Case.SENSITIVE);
  }

  /** A text that has {@code literal} in that place. */
  static ValueMatch literal(Place place, String literal, Case letters) {
    byte[] text = literal.getBytes(StandardCharsets.UTF_8);
    if (letters == Case.IGNORED) {
      for (int i = 0; i < text.length; i++) {
        text[i] = Token.lower(text[i]);
      }
    }
    return new Literal(place, text, letters);
  }

  /**
   * Literal text.
   *
   * @param text lower case if the case is ignored
   */
  @SuppressWarnings("ArrayRecordComponent") // read on the request path, never compared
  record Literal(Place place, byte[] text, Case letters) implements ValueMatch {
    @Override
    public boolean matches(byte[] bytes, int start, int end) {
      int spare = end - start - text.length;
      if (spare < 0) {
        return false;
      }
      return switch (place) {
        case WHOLE -> spare == 0 && at(bytes, start);
        case START -> at(bytes, start);
        case END -> at(bytes, end - text.length);
        case ANYWHERE -> {
          boolean found = false;
          for (int i = 0; i <= spare && !found; i++) {
            found = at(bytes, start + i);
          }
          yield found;
        }
      };
    }

    private boolean at(byte[] bytes, int from) {
      if (letters == Case.SENSITIVE) {
        return Arrays.equals(bytes, from, from + text.length, text, 0, text.length);
      }
      for (int i = 0; i < text.length; i++) {
        if (Token.lower(bytes[from + i]) != text[i]) {
          return false;
        }
      }
      return true;
    }
  }

  /** A regular expression that the whole text has to match; takes time linear in the text. */
  record Regex(Pattern pattern) implements ValueMatch {
    @Override
    public boolean matches(byte[] bytes, int start, int end) {
      return pattern.matcher(Arrays.copyOfRange(bytes, start, end)).matches();
    }
  }
}
