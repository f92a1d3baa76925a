package dev.weir.core.api;

import dev.weir.core.api.schema.Violations;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/** How Kubernetes writes names. */
public final class Names {
  /** Expression of a DNS label in lower case (RFC 1123). */
  public static final String LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";

  /** Expression of DNS labels with dots between them. */
  public static final String SUBDOMAIN = LABEL + "(\\." + LABEL + ")*";

  /** Expression of the value of a label of an object. */
  public static final String LABEL_VALUE = "(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?";

  private static final Pattern QUALIFIED =
      Pattern.compile("(" + SUBDOMAIN + "/)?([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]");
  private static final int LONGEST_DOMAIN = 253;
  private static final String BAD_KEY =
      "not a valid key: expected a name of up to 63 letters, digits, '-', '_' and '.', after an"
          + " optional domain and '/'";

  private Names() {}

  /**
   * Whether it is a name of up to 63 characters, after an optional domain and {@code /}: the key of
   * a label or annotation.
   */
  public static boolean isQualified(String text) {
    return text.indexOf('/') <= LONGEST_DOMAIN && QUALIFIED.matcher(text).matches();
  }

  /** Whether it is one or more DNS labels, 253 characters at most. */
  public static boolean isSubdomain(String text) {
    return text.length() <= LONGEST_DOMAIN && text.matches(SUBDOMAIN);
  }

  /** Reports the keys that labels cannot have. */
  public static void checkKeys(String field, Map<String, ?> map, Violations violations) {
    map.keySet().stream()
        .filter(key -> !isQualified(key))
        .forEach(key -> violations.add(at(field, key), BAD_KEY));
  }

  /** Reports the keys that annotations of objects cannot have: their case does not matter. */
  public static void checkAnnotationKeys(Map<String, ?> annotations, Violations violations) {
    annotations.keySet().stream()
        .filter(key -> !isQualified(key.toLowerCase(Locale.ROOT)))
        .forEach(key -> violations.add(at("annotations", key), BAD_KEY));
  }

  private static String at(String field, String key) {
    return field + "[" + key + "]";
  }
}
