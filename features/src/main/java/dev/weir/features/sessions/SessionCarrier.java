package dev.weir.features.sessions;

import dev.weir.core.filter.Sessions;
import dev.weir.core.http.Fields;
import dev.weir.core.http.HeaderName;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** What brings a token to the client and back. */
sealed interface SessionCarrier {
  /** The endpoint of the first good token in a request, or {@link Sessions#NONE}. */
  long read(Fields request, SessionKey key, long lifetimeMillis, long now);

  /** Gives a token to the client. */
  void write(Fields response, byte[] token, boolean secure);

  /** A header of requests, and of the response that begins a session. */
  record Header(HeaderName name) implements SessionCarrier {
    @Override
    public long read(Fields request, SessionKey key, long lifetimeMillis, long now) {
      for (int i = request.indexOf(name); i >= 0; i = request.indexOf(name, i + 1)) {
        long endpoint =
            SessionToken.read(
                key,
                request.bytes(),
                request.valueStart(i),
                request.valueEnd(i),
                lifetimeMillis,
                now);
        if (endpoint != Sessions.NONE) {
          return endpoint;
        }
      }
      return Sessions.NONE;
    }

    @Override
    public void write(Fields response, byte[] token, boolean secure) {
      response.set(name, token);
    }
  }

  /**
   * A cookie (RFC 6265bis). It is for this host only, no script can read it, and it comes with what
   * users click on other sites, but not with what those load.
   */
  final class Cookie implements SessionCarrier {
    private static final HeaderName SET_COOKIE = HeaderName.of("set-cookie");
    private static final byte[] SECURE = ascii("; Secure");

    private final byte[] name;
    private final byte[] attributes;

    /**
     * A cookie.
     *
     * @param path the attribute; empty for none
     * @param maxAgeSeconds the attribute; 0 for none, so that it ends with the browser's session
     */
    Cookie(String name, String path, long maxAgeSeconds) {
      this.name = ascii(name);
      this.attributes =
          ascii(
              (path.isEmpty() ? "" : "; Path=" + path)
                  + (maxAgeSeconds == 0 ? "" : "; Max-Age=" + maxAgeSeconds)
                  + "; HttpOnly; SameSite=Lax");
    }

    @Override
    public long read(Fields request, SessionKey key, long lifetimeMillis, long now) {
      // HTTP/2 clients may send one field for each cookie (RFC 9113, section 8.2.3).
      for (int i = request.indexOf(HeaderName.COOKIE);
          i >= 0;
          i = request.indexOf(HeaderName.COOKIE, i + 1)) {
        long endpoint =
            read(
                request.bytes(),
                request.valueStart(i),
                request.valueEnd(i),
                key,
                lifetimeMillis,
                now);
        if (endpoint != Sessions.NONE) {
          return endpoint;
        }
      }
      return Sessions.NONE;
    }

    private long read(byte[] in, int from, int to, SessionKey key, long lifetimeMillis, long now) {
      int start = from;
      while (start < to) {
        int end = start;
        while (end < to && in[end] != ';') {
          end++;
        }
        while (start < end && (in[start] == ' ' || in[start] == '\t')) {
          start++;
        }
        int value = start + name.length + 1;
        if (value <= end
            && in[value - 1] == '='
            && Arrays.equals(in, start, value - 1, name, 0, name.length)) {
          long endpoint = SessionToken.read(key, in, value, end, lifetimeMillis, now);
          if (endpoint != Sessions.NONE) {
            return endpoint;
          }
        }
        start = end + 1;
      }
      return Sessions.NONE;
    }

    @Override
    public void write(Fields response, byte[] token, boolean secure) {
      byte[] value =
          Arrays.copyOf(
              name,
              name.length + 1 + token.length + attributes.length + (secure ? SECURE.length : 0));
      int at = name.length;
      value[at++] = '=';
      System.arraycopy(token, 0, value, at, token.length);
      at += token.length;
      System.arraycopy(attributes, 0, value, at, attributes.length);
      if (secure) {
        System.arraycopy(SECURE, 0, value, at + attributes.length, SECURE.length);
      }
      response.add(SET_COOKIE, value);
    }

    private static byte[] ascii(String text) {
      return text.getBytes(StandardCharsets.US_ASCII);
    }
  }
}
