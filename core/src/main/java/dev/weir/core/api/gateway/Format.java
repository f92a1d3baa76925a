package dev.weir.core.api.gateway;

import dev.weir.core.api.Names;
import dev.weir.core.api.schema.Length;
import dev.weir.core.api.schema.Pattern;
import dev.weir.core.api.schema.Range;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** The kinds of strings and numbers that the Gateway API uses again and again. */
public final class Format {
  static final String TOKEN = "^[A-Za-z0-9!#$%&'*+\\-.^_\\x60|~]+$";

  private Format() {}

  /** Name of an object. */
  @Length(min = 1, max = 253)
  @Target(ElementType.TYPE_USE)
  @Retention(RetentionPolicy.RUNTIME)
  public @interface ObjectName {}

  /** Name of a namespace. */
  @Length(min = 1, max = 63)
  @Pattern(value = "^" + Names.LABEL + "$", means = "lower-case letters, digits and '-'")
  @Target(ElementType.TYPE_USE)
  @Retention(RetentionPolicy.RUNTIME)
  public @interface Namespace {}

  /** API group, empty for the core group. */
  @Length(max = 253)
  @Pattern(
      value = "^$|^" + Names.SUBDOMAIN + "$",
      means = "an API group such as apps.example.com, or nothing")
  @Target(ElementType.TYPE_USE)
  @Retention(RetentionPolicy.RUNTIME)
  public @interface Group {}

  /** Kind of an object. */
  @Length(min = 1, max = 63)
  @Pattern(
      value = "^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$",
      means = "the name of a kind such as Service")
  @Target(ElementType.TYPE_USE)
  @Retention(RetentionPolicy.RUNTIME)
  public @interface KindName {}

  /** Name of a listener, a rule or another part of an object. */
  @Length(min = 1, max = 253)
  @Pattern(
      value = "^" + Names.SUBDOMAIN + "$",
      means =
          "lower-case letters, digits, '-' and '.', beginning and ending with a letter or digit")
  @Target(ElementType.TYPE_USE)
  @Retention(RetentionPolicy.RUNTIME)
  public @interface SectionName {}

  /** A host name without wildcard (RFC 1123). */
  @Length(min = 1, max = 253)
  @Pattern(
      value = "^" + Names.SUBDOMAIN + "$",
      means =
          "lower-case letters, digits, '-' and '.', beginning and ending with a letter or digit")
  @Target(ElementType.TYPE_USE)
  @Retention(RetentionPolicy.RUNTIME)
  public @interface PreciseHostname {}

  /** A host name whose first label may be {@code *}. */
  @Length(min = 1, max = 253)
  @Pattern(
      value = "^(\\*\\.)?" + Names.SUBDOMAIN + "$",
      means = "a lower-case host name such as shop.example.com or *.example.com")
  @Target(ElementType.TYPE_USE)
  @Retention(RetentionPolicy.RUNTIME)
  public @interface Hostname {}

  /** Name of a header or of a query parameter: a token of RFC 9110, section 5.6.2. */
  @Length(min = 1, max = 256)
  @Pattern(value = TOKEN, means = "a name of letters, digits and a few signs such as '-' and '_'")
  @Target(ElementType.TYPE_USE)
  @Retention(RetentionPolicy.RUNTIME)
  public @interface HeaderName {}

  /** Value of a header: visible ASCII, with single blanks within. */
  @Length(min = 1, max = 4096)
  @Pattern(
      value = "^[!-~]+([\\t ]?[!-~]+)*$",
      means = "visible ASCII characters with single blanks within")
  @Target(ElementType.TYPE_USE)
  @Retention(RetentionPolicy.RUNTIME)
  public @interface HeaderValue {}

  /** Name of a controller: a domain, and a path below it. */
  @Length(min = 1, max = 253)
  @Pattern(
      value = "^" + Names.SUBDOMAIN + "\\/[A-Za-z0-9\\/\\-._~%!$&'()*+,;=:]+$",
      means = "a domain and a path such as example.com/controller")
  @Target(ElementType.TYPE_USE)
  @Retention(RetentionPolicy.RUNTIME)
  public @interface ControllerName {}

  /** Number of a port. */
  @Range(min = 1, max = 65535)
  @Target(ElementType.TYPE_USE)
  @Retention(RetentionPolicy.RUNTIME)
  public @interface Port {}

  /** Value of an option or annotation. */
  @Length(max = 4096)
  @Target(ElementType.TYPE_USE)
  @Retention(RetentionPolicy.RUNTIME)
  public @interface OptionValue {}
}
