/** Weir in one process on one machine: YAML in, traffic through. */
@NullMarked
package dev.weir.standalone;

import org.jspecify.annotations.NullMarked;
