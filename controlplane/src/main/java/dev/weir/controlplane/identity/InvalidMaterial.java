package dev.weir.controlplane.identity;

import org.jspecify.annotations.Nullable;

/** A certificate, key or certificate request that cannot be used; the message says which. */
public final class InvalidMaterial extends Exception {
  private static final long serialVersionUID = 1;

  InvalidMaterial(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
