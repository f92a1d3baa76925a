/**
 * TCP connections that are passed on as they come: bytes, ends and resets of a client to an
 * endpoint and back.
 */
@NullMarked
package dev.weir.proxy.tcp;

import org.jspecify.annotations.NullMarked;
