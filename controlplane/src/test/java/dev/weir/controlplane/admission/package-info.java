/** Holds what Weir refuses to what an API server with the CRDs of the Gateway API refuses. */
@NullMarked
package dev.weir.controlplane.admission;

import org.jspecify.annotations.NullMarked;
