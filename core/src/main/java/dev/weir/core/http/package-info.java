/** Message heads in the form both planes and all codecs share. */
@NullMarked
package dev.weir.core.http;

import org.jspecify.annotations.NullMarked;
