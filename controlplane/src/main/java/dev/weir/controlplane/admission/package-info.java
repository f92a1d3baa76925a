/** Judges objects before the API server stores them. */
@NullMarked
package dev.weir.controlplane.admission;

import org.jspecify.annotations.NullMarked;
