package dev.weir.controlplane.resolve;

import dev.weir.core.api.KubeObject;
import dev.weir.core.api.gateway.BackendTlsPolicy;
import dev.weir.core.api.gateway.BackendTlsPolicy.TargetRef;
import dev.weir.core.api.k8s.Service;
import dev.weir.core.problem.ObjectRef;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Which BackendTLSPolicy holds for which port of a Service. Of several for one target the oldest
 * wins; one for a port beats one for the whole Service.
 */
final class BackendTlsPolicies {
  private static final String FEATURE = "BackendTLSPolicy";

  private final boolean claimed;
  private final Lookup lookup;
  private final Certificates certificates;
  private final Map<Target, Policy> winners = new HashMap<>();
  private final SequencedMap<String, Policy> all = new TreeMap<>();

  /**
   * What a policy applies to.
   *
   * @param port name of a port of the Service, or null for all
   */
  private record Target(ObjectRef service, @Nullable String port) {}

  /**
   * A policy.
   *
   * @param services that it targets
   * @param refusals what keeps it from being accepted, the demand itself aside
   */
  record Policy(
      KubeObject<BackendTlsPolicy> object,
      TlsDemand demand,
      List<ObjectRef> services,
      List<Fault> refusals) {

    private AttachedPolicy attached() {
      Map<ObjectRef, List<Fault>> targets = new LinkedHashMap<>();
      services.forEach(service -> targets.put(service, List.of()));
      List<Fault> all = new ArrayList<>(refusals);
      all.addAll(demand.refusals());
      return new AttachedPolicy(object, targets, all, demand.references());
    }
  }

  BackendTlsPolicies(Lookup lookup, Certificates certificates, ResolveOptions options) {
    this.claimed = options.claims(FEATURE);
    this.lookup = lookup;
    this.certificates = certificates;
    lookup.all(BackendTlsPolicy.TYPE).stream().sorted(Lookup.BY_AGE).forEach(this::add);
  }

  private void add(KubeObject<BackendTlsPolicy> object) {
    TlsDemand demand =
        TlsDemand.of(object.ref(), object.spec().validation(), "spec.validation", certificates);
    Policy policy = new Policy(object, demand, new ArrayList<>(), new ArrayList<>());
    all.put(object.ref().namespace() + "/" + object.ref().name(), policy);
    for (String option : object.spec().options().keySet()) {
      policy.refusals.add(
          Fault.error(
              ConditionReason.INVALID,
              "spec.options[" + option + "]",
              "not known to Weir: remove it"));
    }
    for (int i = 0; i < object.spec().targetRefs().size(); i++) {
      claim(policy, object.spec().targetRefs().get(i), "spec.targetRefs[" + i + "]");
    }
  }

  private void claim(Policy policy, TargetRef ref, String path) {
    if (!ref.group().isEmpty() || !ref.kind().equals(Service.TYPE.kind().kind())) {
      policy.refusals.add(
          Fault.error(
              ConditionReason.INVALID, path, "only Services can be targets, not " + ref.kind()));
      return;
    }
    ObjectRef target = Lookup.ref(Service.TYPE, policy.object.ref().namespace(), ref.name());
    policy.services.add(target);
    KubeObject<Service> service = lookup.find(Service.TYPE, target.namespace(), target.name());
    if (service != null
        && ref.sectionName() != null
        && service.spec().ports().stream()
            .noneMatch(port -> ref.sectionName().equals(port.name()))) {
      policy.refusals.add(
          Fault.dangling(
              ConditionReason.TARGET_NOT_FOUND,
              path + ".sectionName",
              "%s has no port named %s".formatted(target, ref.sectionName())));
    }
    Policy winner = winners.putIfAbsent(new Target(target, ref.sectionName()), policy);
    if (winner != null) {
      policy.refusals.add(
          Fault.error(
              ConditionReason.CONFLICTED,
              path,
              "the older %s has the same target: remove one of both"
                  .formatted(winner.object.ref())));
    }
  }

  /** The policy for a port of a Service, or null. */
  @Nullable Policy effective(ObjectRef service, @Nullable String port) {
    Policy policy = port == null ? null : winners.get(new Target(service, port));
    return policy != null ? policy : winners.get(new Target(service, null));
  }

  /** Whether policies of the kind are supported at all; if not, their targets are out of reach. */
  boolean claimed() {
    return claimed;
  }

  /** Why no request may pass to what a policy is for, or null if requests may. */
  @Nullable Fault obstacle(Policy policy) {
    if (policy.demand.tls() == null) {
      return policy.demand.faults().getFirst();
    }
    return policy.refusals.stream()
        .filter(fault -> fault.path().startsWith("spec.options"))
        .findFirst()
        .orElse(null);
  }

  /** The policies to report on, by namespace and name. */
  Collection<AttachedPolicy> reported() {
    return claimed ? all.values().stream().map(Policy::attached).toList() : List.of();
  }
}
