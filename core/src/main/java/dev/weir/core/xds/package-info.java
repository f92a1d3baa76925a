/** The contract between control plane and data plane. */
@NullMarked
package dev.weir.core.xds;

import org.jspecify.annotations.NullMarked;
