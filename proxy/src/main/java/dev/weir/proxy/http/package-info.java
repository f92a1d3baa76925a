/** What the HTTP codecs of all versions share. */
@NullMarked
package dev.weir.proxy.http;

import org.jspecify.annotations.NullMarked;
