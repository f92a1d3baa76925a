/** Tells browsers which other origins may use a route. */
@NullMarked
package dev.weir.features.cors;

import org.jspecify.annotations.NullMarked;
