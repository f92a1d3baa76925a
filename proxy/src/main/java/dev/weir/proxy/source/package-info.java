/** Where snapshots come from, and how they get to the workers. */
@NullMarked
package dev.weir.proxy.source;

import org.jspecify.annotations.NullMarked;
