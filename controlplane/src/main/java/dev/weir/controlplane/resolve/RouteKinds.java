package dev.weir.controlplane.resolve;

import dev.weir.core.api.gateway.Group;
import dev.weir.core.api.gateway.Listener;
import dev.weir.core.api.gateway.Listener.RouteGroupKind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The kinds of routes that are implemented. */
final class RouteKinds {
  private final List<RouteKind<?>> kinds;
  private final ResolveOptions options;

  RouteKinds(List<RouteKind<?>> all, ResolveOptions options) {
    this.kinds = all.stream().filter(kind -> options.claims(kind.name())).toList();
    this.options = options;
  }

  List<RouteKind<?>> all() {
    return kinds;
  }

  /**
   * The kinds that a listener can carry for its protocol; none if the protocol is not supported.
   */
  List<RouteKind<?>> of(Listener listener) {
    Protocol protocol = Protocol.named(listener.protocol());
    if (protocol == null || (protocol == Protocol.TLS && ends(listener) && !endsTls())) {
      return List.of();
    }
    return kinds.stream().filter(kind -> kind.protocols().contains(protocol)).toList();
  }

  /** The protocols that some kind is for, as text: {@code HTTP, HTTPS or TLS}. */
  String protocols() {
    List<String> names =
        Arrays.stream(Protocol.values())
            .filter(
                protocol -> kinds.stream().anyMatch(kind -> kind.protocols().contains(protocol)))
            .map(Protocol::name)
            .toList();
    int last = names.size() - 1;
    return last < 1
        ? String.join("", names)
        : String.join(", ", names.subList(0, last)) + " or " + names.get(last);
  }

  private static boolean ends(Listener listener) {
    return listener.tls() == null || listener.tls().mode() == Listener.Mode.TERMINATE;
  }

  private boolean endsTls() {
    return options.claims("TLSRouteModeTerminate");
  }

  /**
   * The kinds that a listener takes: those it names, as far as it can carry them, or else all that
   * it can carry.
   *
   * @param faults gets one for each kind that is named and cannot be carried
   */
  List<RouteKind<?>> taken(Listener listener, String path, List<Fault> faults) {
    List<RouteKind<?>> possible = of(listener);
    List<RouteGroupKind> named = listener.allowedRoutes().kinds();
    if (named.isEmpty() || possible.isEmpty()) {
      return possible;
    }
    List<RouteKind<?>> taken = new ArrayList<>();
    for (int i = 0; i < named.size(); i++) {
      RouteKind<?> kind = find(named.get(i), possible);
      if (kind == null) {
        faults.add(
            Fault.error(
                ConditionReason.INVALID_ROUTE_KINDS,
                path + ".allowedRoutes.kinds[" + i + "]",
                "a listener of protocol %s takes no routes of kind %s, only %s"
                    .formatted(
                        listener.protocol(),
                        text(named.get(i)),
                        String.join(", ", possible.stream().map(RouteKind::name).toList()))));
      } else if (!taken.contains(kind)) {
        taken.add(kind);
      }
    }
    return taken;
  }

  private static @Nullable RouteKind<?> find(RouteGroupKind name, List<RouteKind<?>> kinds) {
    return kinds.stream()
        .filter(kind ->
            kind.type().kind().group().equals(name.group()) && kind.name().equals(name.kind()))
        .findFirst()
        .orElse(null);
  }

  private static String text(RouteGroupKind kind) {
    return kind.group().equals(Group.GATEWAY) ? kind.kind() : kind.group() + "/" + kind.kind();
  }

  static RouteGroupKind groupKind(RouteKind<?> kind) {
    return new RouteGroupKind(kind.type().kind().group(), kind.name());
  }
}
