/**
 * HTTP/3 towards clients (RFC 9114), on Netty's codec: a QUIC connection and its request streams.
 */
@NullMarked
package dev.weir.proxy.http.h3;

import org.jspecify.annotations.NullMarked;
