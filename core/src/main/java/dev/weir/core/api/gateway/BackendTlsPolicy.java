package dev.weir.core.api.gateway;

import dev.weir.core.api.Names;
import dev.weir.core.api.ObjectType;
import dev.weir.core.api.ObjectType.Layout;
import dev.weir.core.api.gateway.Format.Hostname;
import dev.weir.core.api.gateway.Format.KindName;
import dev.weir.core.api.gateway.Format.ObjectName;
import dev.weir.core.api.gateway.Format.OptionValue;
import dev.weir.core.api.gateway.Format.PreciseHostname;
import dev.weir.core.api.gateway.Format.SectionName;
import dev.weir.core.api.schema.Cel;
import dev.weir.core.api.schema.Checked;
import dev.weir.core.api.schema.Items;
import dev.weir.core.api.schema.Length;
import dev.weir.core.api.schema.Pattern;
import dev.weir.core.api.schema.Payload;
import dev.weir.core.api.schema.Union;
import dev.weir.core.api.schema.Variant;
import dev.weir.core.api.schema.Violations;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** TLS towards backends. */
public record BackendTlsPolicy(
    @Items(min = 1, max = 16) List<TargetRef> targetRefs,
    Validation validation,
    @Items(max = 16) Map<String, @OptionValue String> options)
    implements Checked {

  public static final ObjectType<BackendTlsPolicy> TYPE =
      ObjectType.of(
              Group.kind("BackendTLSPolicy", "backendtlspolicies"),
              BackendTlsPolicy.class,
              Layout.SPEC)
          .served("v1alpha3");

  /**
   * An object of the same namespace to which the policy applies.
   *
   * @param sectionName a part of it, e.g. a port of a Service by name; null: all of it
   */
  public record TargetRef(
      @Format.Group String group,
      @KindName String kind,
      @ObjectName String name,
      @Nullable @SectionName String sectionName) {
    private boolean sameObject(TargetRef other) {
      return group.equals(other.group) && kind.equals(other.kind) && name.equals(other.name);
    }
  }

  /**
   * What a backend must prove.
   *
   * @param caCertificateRefs who signs its certificate, unless {@code wellKnownCACertificates}
   * @param wellKnownCACertificates {@code System} or a domain-prefixed word; null: see {@code
   *     caCertificateRefs}
   * @param hostname server name to send, and name in the certificate unless {@code subjectAltNames}
   */
  @Cel(
      value =
          "(has(self.caCertificateRefs) && size(self.caCertificateRefs) > 0) !="
              + " has(self.wellKnownCACertificates)",
      message = "set exactly one of caCertificateRefs and wellKnownCACertificates")
  public record Validation(
      @Items(max = 8) List<LocalObjectReference> caCertificateRefs,
      @Nullable
          @Length(min = 1, max = 253)
          @Pattern(
              value =
                  "^(System|("
                      + Names.SUBDOMAIN
                      + "/([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]))$",
              means = "System or a domain-prefixed word")
          String wellKnownCACertificates,
      @PreciseHostname String hostname,
      @Items(max = 5) List<SubjectAltName> subjectAltNames)
      implements Checked {
    @Override
    public void check(Violations violations) {
      if (!caCertificateRefs.isEmpty() && wellKnownCACertificates != null) {
        violations.add("wellKnownCACertificates", "excludes caCertificateRefs: remove one");
      } else if (caCertificateRefs.isEmpty() && wellKnownCACertificates == null) {
        violations.add("", "set caCertificateRefs, or wellKnownCACertificates: System");
      }
    }
  }

  /** A name that the certificate must carry. */
  @Union("type")
  public sealed interface SubjectAltName {
    /** A DNS name. */
    @Variant(type = "Hostname", field = "hostname")
    record Dns(@Payload @Hostname String hostname) implements SubjectAltName {}

    /** A URI, e.g. a SPIFFE identity. */
    @Variant(type = "URI", field = "uri")
    record Uri(
        @Payload
            @Length(min = 1, max = 253)
            @Pattern(
                value = "^(([^:/?#]+):)(//([^/?#]*))([^?#]*)(\\?([^#]*))?(#(.*))?",
                means = "an absolute URI")
            String uri)
        implements SubjectAltName {}
  }

  @Override
  public void check(Violations violations) {
    for (int i = 1; i < targetRefs.size(); i++) {
      TargetRef target = targetRefs.get(i);
      for (TargetRef earlier : targetRefs.subList(0, i)) {
        if (target.equals(earlier)) {
          violations.add("targetRefs[" + i + "]", "named already");
          break;
        }
        if (target.sameObject(earlier)
            && (target.sectionName == null) != (earlier.sectionName == null)) {
          violations.add(
              "targetRefs[" + i + "]", "several references to one object need all a sectionName");
          break;
        }
      }
    }
  }
}
