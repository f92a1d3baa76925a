@NullMarked
package dev.weir.controlplane.deploy;

import org.jspecify.annotations.NullMarked;
