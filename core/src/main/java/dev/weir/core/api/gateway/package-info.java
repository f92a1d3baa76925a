/**
 * The kinds of the Gateway API (experimental channel): one record a kind, which is its {@code
 * spec}.
 */
@NullMarked
package dev.weir.core.api.gateway;

import org.jspecify.annotations.NullMarked;
