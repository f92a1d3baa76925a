/** A proxy with everything around it that does not depend on where its configuration comes from. */
@NullMarked
package dev.weir.dataplane;

import org.jspecify.annotations.NullMarked;
