package dev.weir.controlplane.resolve;

import dev.weir.core.api.KubeObject;
import dev.weir.core.problem.Problem;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;

/** Collects the findings of a run, each once. */
final class Problems {
  private final SequencedSet<Problem> found = new LinkedHashSet<>();

  void add(KubeObject<?> object, Fault fault) {
    found.add(fault.problem(object));
  }

  void addAll(KubeObject<?> object, Collection<Fault> faults) {
    faults.forEach(fault -> add(object, fault));
  }

  List<Problem> all() {
    return List.copyOf(found);
  }
}
