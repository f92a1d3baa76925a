/** The control plane: configuration objects in, xDS out. */
@NullMarked
package dev.weir.controlplane;

import org.jspecify.annotations.NullMarked;
