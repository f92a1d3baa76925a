/** What the build holds about the shape of the code; see docs/architecture.md. */
@NullMarked
package dev.weir.arch;

import org.jspecify.annotations.NullMarked;
