/** Codes with a key, by which we know again what we have given to others. */
@NullMarked
package dev.weir.core.hash;

import org.jspecify.annotations.NullMarked;
