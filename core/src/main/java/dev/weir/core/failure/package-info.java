/** Why an exchange ended without a backend's complete response. */
@NullMarked
package dev.weir.core.failure;

import org.jspecify.annotations.NullMarked;
