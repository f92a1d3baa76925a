/**
 * HTTP/2 on both sides (RFC 9113): one frame listener a connection, one small object a stream.
 *
 * <p>{@link dev.weir.proxy.http.h2.Http2DownstreamConnection} and {@link
 * dev.weir.proxy.http.h2.Http2UpstreamConnection} are the handlers that servers and pools put into
 * their pipelines; all else stays in the package.
 */
@NullMarked
package dev.weir.proxy.http.h2;

import org.jspecify.annotations.NullMarked;
