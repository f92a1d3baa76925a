/** Time as a dependency. */
@NullMarked
package dev.weir.core.time;

import org.jspecify.annotations.NullMarked;
