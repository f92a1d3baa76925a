/** Answers with redirects. */
@NullMarked
package dev.weir.features.redirect;

import org.jspecify.annotations.NullMarked;
