/** Findings about the user's configuration, as values. */
@NullMarked
package dev.weir.core.problem;

import org.jspecify.annotations.NullMarked;
