/** Certificates and their keys, as both planes judge them. */
@NullMarked
package dev.weir.core.tls;

import org.jspecify.annotations.NullMarked;
