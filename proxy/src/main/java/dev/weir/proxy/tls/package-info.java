/** Parts of TLS that the libraries do not have: what a peer must be called, and how to refuse. */
@NullMarked
package dev.weir.proxy.tls;

import org.jspecify.annotations.NullMarked;
