/** The data plane: xDS in, bytes out. */
@NullMarked
package dev.weir.proxy;

import org.jspecify.annotations.NullMarked;
