/** What must not compile. */
@NullMarked
package dev.weir.canary;

import org.jspecify.annotations.NullMarked;
