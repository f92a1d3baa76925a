package dev.weir.controlplane.resolve;

import dev.weir.core.api.KubeObject;
import dev.weir.core.api.ObjectType;
import dev.weir.core.api.gateway.DefaultScope;
import dev.weir.core.api.gateway.ParentReference;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A kind of route: what is its own. Attachment to listeners is the same for all kinds.
 *
 * @param <S> the API record
 */
interface RouteKind<S extends Record> {
  ObjectType<S> type();

  /** Listeners of these protocols can carry it. */
  Set<Protocol> protocols();

  List<ParentReference> parents(S spec);

  /** Which Gateways the route is attached to without naming them; null: none. */
  @Nullable DefaultScope defaultGateways(S spec);

  /** Empty: those of the listeners. */
  List<String> hostnames(S spec);

  /** Resolves the rules. */
  RouteContent content(KubeObject<S> route);

  /** The word for the kind, which is also the name of the feature that it is. */
  default String name() {
    return type().kind().kind();
  }
}
