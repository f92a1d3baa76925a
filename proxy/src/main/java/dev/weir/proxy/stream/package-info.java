/** The seam between codecs and exchange: HTTP/1, HTTP/2 and HTTP/3 look alike here. */
@NullMarked
package dev.weir.proxy.stream;

import org.jspecify.annotations.NullMarked;
