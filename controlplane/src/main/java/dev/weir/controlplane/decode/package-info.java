/** Text to trees with places, trees to records: strict, and all problems at once. */
@NullMarked
package dev.weir.controlplane.decode;

import org.jspecify.annotations.NullMarked;
