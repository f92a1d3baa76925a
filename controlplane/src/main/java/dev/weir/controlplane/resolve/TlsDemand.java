package dev.weir.controlplane.resolve;

import dev.weir.controlplane.topology.BackendTls;
import dev.weir.controlplane.topology.CaBundle;
import dev.weir.core.api.gateway.BackendTlsPolicy.Validation;
import dev.weir.core.api.gateway.LocalObjectReference;
import dev.weir.core.api.gateway.ObjectReference;
import dev.weir.core.problem.ObjectRef;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A demand for TLS towards a backend, and whether it can be met.
 *
 * @param tls null if it cannot: then no request may reach the backend
 * @param refusals why the demand as a whole cannot be met
 * @param references what is wrong with references
 */
record TlsDemand(@Nullable BackendTls tls, List<Fault> refusals, List<Fault> references) {
  /**
   * Looks at a demand.
   *
   * @param source the object that it stands in
   * @param path of it there
   */
  static TlsDemand of(
      ObjectRef source, Validation validation, String path, Certificates certificates) {
    List<Fault> refusals = new ArrayList<>();
    List<Fault> references = new ArrayList<>();
    List<CaBundle> authorities = new ArrayList<>();
    for (int i = 0; i < validation.caCertificateRefs().size(); i++) {
      LocalObjectReference ref = validation.caCertificateRefs().get(i);
      CaBundle bundle =
          certificates.authorities(
              new ObjectReference(ref.group(), ref.kind(), ref.name(), null),
              source,
              path + ".caCertificateRefs[" + i + "]",
              ConditionReason.INVALID_KIND,
              references);
      if (bundle != null) {
        authorities.add(bundle);
      }
    }
    String wellKnown = validation.wellKnownCACertificates();
    if (wellKnown != null && !wellKnown.equals("System")) {
      refusals.add(
          Fault.error(
              ConditionReason.INVALID,
              path + ".wellKnownCACertificates",
              "%s is not known: use System or caCertificateRefs".formatted(wellKnown)));
    } else if (authorities.isEmpty()
        && (wellKnown == null || !validation.caCertificateRefs().isEmpty())) {
      refusals.add(
          Fault.dangling(
              ConditionReason.NO_VALID_CA_CERTIFICATE,
              path + ".caCertificateRefs",
              "no reference is good: no backend could be trusted"));
    }
    return new TlsDemand(
        refusals.isEmpty()
            ? new BackendTls(
                source, validation.hostname(), validation.subjectAltNames(), authorities)
            : null,
        refusals,
        references);
  }

  /** All that is wrong. */
  List<Fault> faults() {
    List<Fault> faults = new ArrayList<>(references);
    faults.addAll(refusals);
    return faults;
  }
}
