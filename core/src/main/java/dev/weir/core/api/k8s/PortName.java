package dev.weir.core.api.k8s;

import java.util.regex.Pattern;

/** Names of ports (RFC 6335, section 5.1). */
final class PortName {
  static final String MEANS =
      "a name of up to 15 lower-case letters, digits and single '-', with at least one letter";

  private static final Pattern NAME = Pattern.compile("(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*");

  private PortName() {}

  static boolean isValid(String text) {
    return text.length() <= 15 && NAME.matcher(text).matches();
  }
}
