/** The whole gateway with real programs on both sides, and what these tests need. */
@NullMarked
package dev.weir.endtoend;

import org.jspecify.annotations.NullMarked;
