package dev.weir.core.api.k8s;

import dev.weir.core.api.Kind;
import dev.weir.core.api.Kind.Naming;
import dev.weir.core.api.ObjectType;
import dev.weir.core.api.ObjectType.Layout;

/** A namespace; only its labels matter. */
public record Namespace() {
  public static final ObjectType<Namespace> TYPE =
      ObjectType.of(
          Kind.cluster("", "v1", "Namespace", "namespaces").named(Naming.LABEL),
          Namespace.class,
          Layout.PARTIAL_SPEC);
}
