/**
 * One request with all attempts to have it answered, and its response: route, filters, action, and
 * the flow of bodies in both directions. Codec-neutral; belongs to one event loop.
 */
@NullMarked
package dev.weir.proxy.exchange;

import org.jspecify.annotations.NullMarked;
