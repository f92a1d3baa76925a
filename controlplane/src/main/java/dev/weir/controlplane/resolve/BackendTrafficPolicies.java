package dev.weir.controlplane.resolve;

import dev.weir.controlplane.topology.BackendTraffic;
import dev.weir.core.api.KubeObject;
import dev.weir.core.api.gateway.LocalObjectReference;
import dev.weir.core.api.gateway.XBackendTrafficPolicy;
import dev.weir.core.api.k8s.Service;
import dev.weir.core.api.weir.Backend;
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
 * Which XBackendTrafficPolicy holds for which Service or Backend. Of several for one target the
 * oldest wins, with all its fields.
 */
final class BackendTrafficPolicies {
  private final Lookup lookup;
  private final SessionRules sessions;
  private final Map<ObjectRef, KubeObject<XBackendTrafficPolicy>> winners = new HashMap<>();
  private final SequencedMap<String, AttachedPolicy> all = new TreeMap<>();

  BackendTrafficPolicies(Lookup lookup, ResolveOptions options) {
    this.lookup = lookup;
    this.sessions = new SessionRules(options);
    lookup.all(XBackendTrafficPolicy.TYPE).stream().sorted(Lookup.BY_AGE).forEach(this::add);
  }

  private void add(KubeObject<XBackendTrafficPolicy> policy) {
    List<Fault> general = new ArrayList<>();
    String refusal = refusal(policy.spec());
    if (refusal != null) {
      general.add(Fault.error(ConditionReason.INVALID, "spec.sessionPersistence", refusal));
    }
    SequencedMap<ObjectRef, List<Fault>> targets = new LinkedHashMap<>();
    List<LocalObjectReference> refs = policy.spec().targetRefs();
    for (int i = 0; i < refs.size(); i++) {
      String path = "spec.targetRefs[" + i + "]";
      ObjectRef target = target(policy, refs.get(i));
      if (target == null) {
        general.add(
            Fault.error(
                ConditionReason.INVALID,
                path,
                "only Services and Backends can be targets, not " + refs.get(i).kind()));
      } else {
        claim(policy, target, path, targets.computeIfAbsent(target, t -> new ArrayList<>()));
      }
    }
    all.put(
        policy.ref().namespace() + "/" + policy.ref().name(),
        new AttachedPolicy(policy, targets, general, null));
  }

  private static @Nullable ObjectRef target(KubeObject<?> policy, LocalObjectReference ref) {
    boolean possible =
        ref.group().isEmpty()
            ? ref.kind().equals(Service.TYPE.kind().kind())
            : ref.group().equals(Backend.GROUP) && ref.kind().equals(Backend.TYPE.kind().kind());
    return possible
        ? new ObjectRef(ref.group(), ref.kind(), policy.ref().namespace(), ref.name())
        : null;
  }

  private void claim(
      KubeObject<XBackendTrafficPolicy> policy, ObjectRef target, String path, List<Fault> faults) {
    boolean there =
        target.group().isEmpty()
            ? lookup.find(Service.TYPE, target.namespace(), target.name()) != null
            : lookup.find(Backend.TYPE, target.namespace(), target.name()) != null;
    if (!there) {
      faults.add(
          Fault.dangling(ConditionReason.TARGET_NOT_FOUND, path, target + " does not exist"));
    }
    KubeObject<XBackendTrafficPolicy> winner = winners.putIfAbsent(target, policy);
    if (winner != null && !winner.ref().equals(policy.ref())) {
      faults.add(
          Fault.error(
              ConditionReason.CONFLICTED,
              path,
              "the older %s has the same target: remove one of both".formatted(winner.ref())));
    }
  }

  private @Nullable String refusal(XBackendTrafficPolicy spec) {
    return spec.sessionPersistence() == null ? null : sessions.refusal(spec.sessionPersistence());
  }

  /** What is asked for a Service or Backend, without what is refused; null for nothing. */
  @Nullable BackendTraffic effective(ObjectRef backend) {
    KubeObject<XBackendTrafficPolicy> policy = winners.get(backend);
    if (policy == null) {
      return null;
    }
    XBackendTrafficPolicy spec = policy.spec();
    return new BackendTraffic(
        spec.retryConstraint(), refusal(spec) == null ? spec.sessionPersistence() : null);
  }

  /** The policies to report on, by namespace and name. */
  Collection<AttachedPolicy> reported() {
    return all.values();
  }
}
