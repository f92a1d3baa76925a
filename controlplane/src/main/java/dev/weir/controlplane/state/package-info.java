/** All objects at one moment. */
@NullMarked
package dev.weir.controlplane.state;

import org.jspecify.annotations.NullMarked;
