/** What a record says about its JSON: names, defaults and limits, read by the strict decoder. */
@NullMarked
package dev.weir.core.api.schema;

import org.jspecify.annotations.NullMarked;
