/**
 * What the configuration objects mean together, in the Gateway API's words: gateways, their
 * listeners, the rules that serve them, and the backends behind those. Immutable; every reference
 * is resolved, broken ones are values that say so.
 */
@NullMarked
package dev.weir.controlplane.topology;

import org.jspecify.annotations.NullMarked;
