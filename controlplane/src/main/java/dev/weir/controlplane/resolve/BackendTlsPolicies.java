package dev.weir.controlplane.resolve;

import dev.weir.controlplane.topology.BackendTls;
import dev.weir.controlplane.topology.CaBundle;
import dev.weir.core.api.KubeObject;
import dev.weir.core.api.gateway.BackendTlsPolicy;
import dev.weir.core.api.gateway.BackendTlsPolicy.TargetRef;
import dev.weir.core.api.gateway.BackendTlsPolicy.Validation;
import dev.weir.core.api.gateway.LocalObjectReference;
import dev.weir.core.api.gateway.ObjectReference;
import dev.weir.core.api.k8s.Service;
import dev.weir.core.problem.ObjectRef;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which BackendTLSPolicy holds for which port of a Service. Of several for one target the oldest
 * wins; one for a port beats one for the whole Service.
 */
final class BackendTlsPolicies {
  static final String FEATURE = "BackendTLSPolicy";

  private final boolean claimed;
  private final Certificates certificates;
  private final Map<Target, KubeObject<BackendTlsPolicy>> winners = new HashMap<>();
  private final Map<KubeObject<BackendTlsPolicy>, List<Fault>> conflicts = new HashMap<>();
  private final Map<ObjectRef, Outcome> outcomes = new HashMap<>();
  private final Map<ObjectRef, List<Fault>> faults = new HashMap<>();

  /**
   * What a policy applies to.
   *
   * @param port name of a port of the Service, or null for all
   */
  private record Target(ObjectRef service, @Nullable String port) {}

  /** What policies make of a backend. */
  sealed interface Outcome {}

  /** There is none: no TLS. */
  record None() implements Outcome {}

  /** TLS it is. */
  record Tls(BackendTls tls) implements Outcome {}

  /** A policy asks for what cannot be had; without it no request may pass. */
  record Broken(ConditionReason reason, String message) implements Outcome {
    static Broken of(ObjectRef source, List<Fault> faults) {
      return new Broken(faults.getFirst().reason(), source + ": " + Statement.text(faults));
    }
  }

  BackendTlsPolicies(Lookup lookup, Certificates certificates, ResolveOptions options) {
    this.claimed = options.claims(FEATURE);
    this.certificates = certificates;
    lookup.all(BackendTlsPolicy.TYPE).stream().sorted(Lookup.BY_AGE).forEach(this::claimTargets);
  }

  private void claimTargets(KubeObject<BackendTlsPolicy> policy) {
    for (int i = 0; i < policy.spec().targetRefs().size(); i++) {
      TargetRef ref = policy.spec().targetRefs().get(i);
      if (!ref.group().isEmpty() || !ref.kind().equals(Service.TYPE.kind().kind())) {
        continue;
      }
      ObjectRef service = Lookup.ref(Service.TYPE, policy.ref().namespace(), ref.name());
      KubeObject<BackendTlsPolicy> winner =
          winners.putIfAbsent(new Target(service, ref.sectionName()), policy);
      if (winner != null) {
        conflicts
            .computeIfAbsent(policy, p -> new ArrayList<>())
            .add(
                Fault.error(
                    ConditionReason.CONFLICTED,
                    "spec.targetRefs[" + i + "]",
                    "the older %s has the same target: remove one of both"
                        .formatted(winner.ref())));
      }
    }
  }

  /** What holds for a port of a Service. */
  Outcome effective(ObjectRef service, @Nullable String port) {
    KubeObject<BackendTlsPolicy> policy = policy(service, port);
    if (policy == null) {
      return new None();
    }
    if (!claimed) {
      return new Broken(
          ConditionReason.UNSUPPORTED_VALUE,
          policy.ref() + " asks for TLS to backends, which is not supported");
    }
    return outcomes.computeIfAbsent(
        policy.ref(),
        ref ->
            outcome(
                ref,
                policy.spec().validation(),
                "spec.validation",
                faults.computeIfAbsent(ref, r -> new ArrayList<>())));
  }

  /** The TLS part of Weir's own Backend. */
  Outcome ofBackend(ObjectRef backend, Validation validation) {
    return outcome(backend, validation, "spec.tls", new ArrayList<>());
  }

  /** The policy in effect for a port, or null. */
  @Nullable KubeObject<BackendTlsPolicy> policy(ObjectRef service, @Nullable String port) {
    KubeObject<BackendTlsPolicy> policy =
        port == null ? null : winners.get(new Target(service, port));
    return policy != null ? policy : winners.get(new Target(service, null));
  }

  /** Targets that older policies have taken from this one. */
  List<Fault> conflicts(KubeObject<BackendTlsPolicy> policy) {
    return conflicts.getOrDefault(policy, List.of());
  }

  /** What is wrong with the references of a policy; known once it was asked for. */
  List<Fault> faults(ObjectRef policy) {
    return faults.getOrDefault(policy, List.of());
  }

  private Outcome outcome(ObjectRef source, Validation validation, String path, List<Fault> found) {
    String wellKnown = validation.wellKnownCACertificates();
    if (wellKnown != null && !wellKnown.equals("System")) {
      found.add(
          Fault.error(
              ConditionReason.INVALID,
              path + ".wellKnownCACertificates",
              "%s is not known: use System or caCertificateRefs".formatted(wellKnown)));
      return Broken.of(source, found);
    }
    List<CaBundle> authorities = new ArrayList<>();
    for (int i = 0; i < validation.caCertificateRefs().size(); i++) {
      LocalObjectReference ref = validation.caCertificateRefs().get(i);
      CaBundle bundle =
          certificates.authorities(
              new ObjectReference(ref.group(), ref.kind(), ref.name(), null),
              source,
              path + ".caCertificateRefs[" + i + "]",
              ConditionReason.INVALID_KIND,
              found);
      if (bundle != null) {
        authorities.add(bundle);
      }
    }
    if (authorities.isEmpty() && wellKnown == null) {
      return Broken.of(source, found);
    }
    return new Tls(
        new BackendTls(source, validation.hostname(), validation.subjectAltNames(), authorities));
  }

  /** All policies, for their status. */
  static Collection<KubeObject<BackendTlsPolicy>> all(Lookup lookup) {
    return lookup.all(BackendTlsPolicy.TYPE);
  }
}
