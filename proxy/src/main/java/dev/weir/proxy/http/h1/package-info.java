/** HTTP/1.1 and 1.0 (RFC 9112) on both sides of the proxy. */
@NullMarked
package dev.weir.proxy.http.h1;

import org.jspecify.annotations.NullMarked;
