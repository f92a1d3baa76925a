package dev.weir.controlplane.resolve;

import dev.weir.core.api.LabelSelector;
import dev.weir.core.api.gateway.Gateway.AllowedListeners;
import dev.weir.core.api.gateway.Listener.RouteNamespaces;
import org.jspecify.annotations.Nullable;

/** Decides which namespaces a listener takes routes from, or a Gateway takes ListenerSets from. */
final class Namespaces {
  private final Lookup lookup;

  Namespaces(Lookup lookup) {
    this.lookup = lookup;
  }

  boolean allow(RouteNamespaces allowed, String own, String other) {
    return switch (allowed.from()) {
      case ALL -> true;
      case SAME -> own.equals(other);
      case SELECTOR -> selected(allowed.selector(), other);
    };
  }

  boolean allow(@Nullable AllowedListeners allowed, String own, String other) {
    if (allowed == null) {
      return false;
    }
    return switch (allowed.namespaces().from()) {
      case ALL -> true;
      case SAME -> own.equals(other);
      case SELECTOR -> selected(allowed.namespaces().selector(), other);
      case NONE -> false;
    };
  }

  private boolean selected(@Nullable LabelSelector selector, String namespace) {
    return selector != null && selector.matches(lookup.namespaceLabels(namespace));
  }
}
