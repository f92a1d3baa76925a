/** Weir's own kinds ({@code weir.dev}). */
@NullMarked
package dev.weir.core.api.weir;

import org.jspecify.annotations.NullMarked;
