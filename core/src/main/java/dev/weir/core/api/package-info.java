/** Objects of the Kubernetes API as records: what all kinds share. */
@NullMarked
package dev.weir.core.api;

import org.jspecify.annotations.NullMarked;
