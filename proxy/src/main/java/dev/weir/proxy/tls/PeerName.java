package dev.weir.proxy.tls;

import dev.weir.proxy.plan.ValueMatch;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * A name that may stand in a peer's certificate (RFC 5280, section 4.2.1.6).
 *
 * @param exact the name if it is to be matched exactly, else empty
 */
public record PeerName(Kind kind, String exact, ValueMatch match) {
  /** Kinds of subject alternative names, with their numbers in the ASN.1 choice. */
  public enum Kind {
    EMAIL(1),
    DNS(2),
    URI(6),
    IP_ADDRESS(7);

    private final int choice;

    Kind(int choice) {
      this.choice = choice;
    }
  }

  /** Whether it stands in {@code certificate}. */
  boolean in(X509Certificate certificate) throws CertificateParsingException {
    Collection<List<?>> names = certificate.getSubjectAlternativeNames();
    if (names == null) {
      return false;
    }
    for (List<?> name : names) {
      if (name.get(0) instanceof Integer choice
          && choice == kind.choice
          && name.get(1) instanceof String text
          && matches(text)) {
        return true;
      }
    }
    return false;
  }

  /**
   * The host names that a certificate carries: in lower case, {@code *.example.com} as {@code
   * .example.com}. Those that make no sense are left out.
   */
  public static Set<String> hosts(X509Certificate certificate) {
    Set<String> hosts = new HashSet<>();
    try {
      Collection<List<?>> names = certificate.getSubjectAlternativeNames();
      for (List<?> name : names == null ? List.<List<?>>of() : names) {
        if (name.get(0) instanceof Integer choice
            && choice == Kind.DNS.choice
            && name.get(1) instanceof String text) {
          String host = text.toLowerCase(Locale.ROOT);
          hosts.add(host.startsWith("*.") ? host.substring(1) : host);
        }
      }
    } catch (CertificateParsingException e) {
      // Names that cannot be read are no names.
    }
    return hosts;
  }

  private boolean matches(String name) {
    if (kind == Kind.DNS && !exact.isEmpty()) {
      return sameHost(name.toLowerCase(Locale.ROOT), exact.toLowerCase(Locale.ROOT));
    }
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    return match.matches(bytes, 0, bytes.length);
  }

  /** A wildcard stands for one label, the first (RFC 9525, section 6.3). */
  private static boolean sameHost(String certified, String wanted) {
    int dot = wanted.indexOf('.');
    return certified.equals(wanted)
        || (certified.startsWith("*.")
            && dot > 0
            && certified.substring(1).equals(wanted.substring(dot)));
  }
}
