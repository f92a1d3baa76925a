/** Writes what the gateways are to do as Envoy resources. Pure; knows no feature by name. */
@NullMarked
package dev.weir.controlplane.translate;

import org.jspecify.annotations.NullMarked;
