/** The features of Weir, one package for each policy or filter. */
@NullMarked
package dev.weir.features;

import org.jspecify.annotations.NullMarked;
