/** Sends copies of requests to other backends. */
@NullMarked
package dev.weir.features.mirror;

import org.jspecify.annotations.NullMarked;
