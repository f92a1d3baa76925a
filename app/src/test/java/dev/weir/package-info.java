/** Tests of both planes together. */
@NullMarked
package dev.weir;

import org.jspecify.annotations.NullMarked;
