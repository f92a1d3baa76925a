/**
 * The seam between codecs and exchange: HTTP/1, HTTP/2 and later HTTP/3 on either side look alike
 * here.
 */
@NullMarked
package dev.weir.proxy.stream;

import org.jspecify.annotations.NullMarked;
