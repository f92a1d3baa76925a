package dev.weir.core.api.gateway;

import dev.weir.core.api.IpLiteral;
import dev.weir.core.api.Names;
import dev.weir.core.api.schema.Checked;
import dev.weir.core.api.schema.Default;
import dev.weir.core.api.schema.Length;
import dev.weir.core.api.schema.Pattern;
import dev.weir.core.api.schema.Violations;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An address that a Gateway asks for, or in its status one that it has.
 *
 * @param type {@code IPAddress}, {@code Hostname}, {@code NamedAddress} or a domain-prefixed word
 * @param value null: the implementation chooses one of that type; never null in status
 */
public record GatewayAddress(
    @Default("IPAddress")
        @Length(min = 1, max = 253)
        @Pattern(
            value =
                "^Hostname|IPAddress|NamedAddress|"
                    + Names.SUBDOMAIN
                    + "\\/[A-Za-z0-9\\/\\-._~%!$&'()*+,;=:]+$",
            means = "IPAddress, Hostname, NamedAddress or a domain-prefixed word")
        String type,
    @Nullable @Length(max = 253) String value)
    implements Checked {

  private static final java.util.regex.Pattern HOSTNAME =
      java.util.regex.Pattern.compile("(\\*\\.)?" + Names.SUBDOMAIN);

  @Override
  public void check(Violations violations) {
    if (value == null) {
      return;
    }
    if (type.equals("IPAddress") && !IpLiteral.isAddress(value)) {
      violations.add("value", "not an IPv4 or IPv6 address; for a name set type: Hostname");
    }
    if (type.equals("Hostname") && !HOSTNAME.matcher(value).matches()) {
      violations.add("value", "not a host name: lower-case labels separated by '.' are expected");
    }
  }

  static void check(List<GatewayAddress> addresses, Violations violations) {
    for (int i = 1; i < addresses.size(); i++) {
      GatewayAddress address = addresses.get(i);
      boolean comparable = address.type.equals("IPAddress") || address.type.equals("Hostname");
      if (comparable && address.value != null && addresses.indexOf(address) < i) {
        violations.add(
            "addresses[" + i + "]",
            "the same address as addresses[" + addresses.indexOf(address) + "]");
      }
    }
  }
}
