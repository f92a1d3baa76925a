package dev.weir.proxy.exchange;

import dev.weir.core.http.RequestHead;
import dev.weir.proxy.plan.Action.Redirect;
import java.nio.charset.StandardCharsets;

/**
 * Where a redirect leads: the request's own URL with the parts replaced that the route names. The
 * query stays. A port is left out where it is the scheme's own.
 */
final class RedirectLocation {
  private RedirectLocation() {}

  /** The value of {@code Location}. */
  static byte[] of(RequestHead request, Redirect redirect) {
    String authority = request.authority();
    int colon = portColon(authority);
    String ownScheme = request.https() ? "https" : "http";
    String scheme = redirect.scheme() == null ? ownScheme : redirect.scheme();
    String host =
        redirect.host() != null
            ? redirect.host()
            : colon < 0 ? authority : authority.substring(0, colon);
    String port = "";
    if (redirect.port() >= 0) {
      port = Integer.toString(redirect.port());
    } else if (redirect.scheme() == null && colon >= 0) {
      port = authority.substring(colon + 1);
    }
    StringBuilder location = new StringBuilder(128).append(scheme).append("://").append(host);
    if (!port.isEmpty() && !port.equals(scheme.equals("https") ? "443" : "80")) {
      location.append(':').append(port);
    }
    if (redirect.path() == null) {
      location.append(request.target());
    } else {
      byte[] path = redirect.path().rewrite(request);
      location
          .append(new String(path, StandardCharsets.ISO_8859_1))
          .append(request.target(), request.pathEnd() - request.pathStart(), length(request));
    }
    return location.toString().getBytes(StandardCharsets.ISO_8859_1);
  }

  private static int length(RequestHead request) {
    return request.targetEnd() - request.pathStart();
  }

  /** Where the port begins, or -1; the colons of an IPv6 address stand in brackets. */
  private static int portColon(String authority) {
    int colon = authority.lastIndexOf(':');
    return colon > authority.lastIndexOf(']') ? colon : -1;
  }
}
