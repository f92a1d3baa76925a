/** Keeps clients at the endpoint that answered them first. */
@NullMarked
package dev.weir.features.sessions;

import org.jspecify.annotations.NullMarked;
