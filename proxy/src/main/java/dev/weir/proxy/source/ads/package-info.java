/** Configuration over the wire: the client side of Envoy's aggregated discovery service. */
@NullMarked
package dev.weir.proxy.source.ads;

import org.jspecify.annotations.NullMarked;
