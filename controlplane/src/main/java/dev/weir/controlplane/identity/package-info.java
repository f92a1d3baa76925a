/** Who controller and proxies are to each other: the authority and the certificates. */
@NullMarked
package dev.weir.controlplane.identity;

import org.jspecify.annotations.NullMarked;
