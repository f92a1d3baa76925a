/** xDS in, plan out: the only place of the proxy that reads protobuf. Pure functions. */
@NullMarked
package dev.weir.proxy.compile;

import org.jspecify.annotations.NullMarked;
