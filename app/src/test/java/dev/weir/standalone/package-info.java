/** What only a gateway in one process does. */
@NullMarked
package dev.weir.standalone;

import org.jspecify.annotations.NullMarked;
