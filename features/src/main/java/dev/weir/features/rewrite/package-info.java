/** Changes host and path towards backends. */
@NullMarked
package dev.weir.features.rewrite;

import org.jspecify.annotations.NullMarked;
