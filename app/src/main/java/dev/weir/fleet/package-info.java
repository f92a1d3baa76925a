/** A proxy that gets its configuration from a controller. */
@NullMarked
package dev.weir.fleet;

import org.jspecify.annotations.NullMarked;
