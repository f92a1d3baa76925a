/** The command line of Weir. */
@NullMarked
package dev.weir.cli;

import org.jspecify.annotations.NullMarked;
