package dev.weir.core.filter;

/**
 * Where the action for one of several backends of a route travels, as Envoy has none there: in the
 * weighted cluster's {@code typed_per_filter_config}. It is a {@code RouteAction} with nothing but
 * the change of the path, instead of the route's own, and mirrors, beside the route's own; or a
 * {@code RedirectAction}. A proxy that does not know it rejects the route.
 */
public final class BackendAction {
  /** The key. */
  public static final String NAME = "dev.weir.backend_action";

  private BackendAction() {}
}
