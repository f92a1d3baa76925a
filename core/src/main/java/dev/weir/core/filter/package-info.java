/** How a feature plugs into the two planes. */
@NullMarked
package dev.weir.core.filter;

import org.jspecify.annotations.NullMarked;
