/** Changes headers of requests and responses. */
@NullMarked
package dev.weir.features.headers;

import org.jspecify.annotations.NullMarked;
